package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	pb "fairlead/rest_peers/everything"
)

type everywhere struct {
	pb.UnimplementedEverywhereServer
}

func same(in *pb.Everything) (*pb.Everything, error) { return in, nil }

func (*everywhere) Plain(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) One(_ context.Context, in *pb.Everything) (*pb.Everything, error) { return same(in) }
func (*everywhere) Patterns(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Earlier(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Later(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Whole(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Part(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) TellNested(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Unannotated(_ context.Context, in *pb.Everything) (*pb.Everything, error) {
	return same(in)
}
func (*everywhere) Nothing(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// The paths of a mask that was made from a JSON object come in that object's order, which is none.
func (*everywhere) Change(_ context.Context, in *pb.ChangeRequest) (*pb.ChangeRequest, error) {
	sort.Strings(in.GetUpdateMask().GetPaths())
	return in, nil
}

func (*everywhere) Raw(_ context.Context, in *pb.RawRequest) (*httpbody.HttpBody, error) {
	return &httpbody.HttpBody{ContentType: in.ContentType, Data: in.Data}, nil
}

func (*everywhere) TakeRaw(_ context.Context, in *httpbody.HttpBody) (*httpbody.HttpBody, error) {
	return in, nil
}

func detail(kind string) *anypb.Any {
	var message proto.Message = wrapperspb.String(kind)
	switch kind {
	case "thing":
		message = &pb.Thing{Name: "things/1", Size: 1 << 60, Labels: map[string]string{"a": "b"}}
	case "timestamp":
		message = timestamppb.New(time.Unix(1_700_000_000, 5_000_000))
	case "unknown":
		return &anypb.Any{TypeUrl: "type.googleapis.com/nobody.Knows", Value: []byte{8, 1}}
	case "broken":
		return &anypb.Any{TypeUrl: "type.googleapis.com/fairlead.contract.rest.Thing", Value: []byte{0xff}}
	}
	packed, err := anypb.New(message)
	if err != nil {
		die("pack a detail", err)
	}
	return packed
}

func failure(ctx context.Context, in *pb.FailRequest) error {
	if in.Wait > 0 {
		select {
		case <-time.After(time.Duration(in.Wait) * time.Millisecond):
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
	told := &spb.Status{Code: in.Code, Message: in.Message}
	for _, kind := range in.Details {
		told.Details = append(told.Details, detail(kind))
	}
	return status.ErrorProto(told)
}

func (*everywhere) Fail(ctx context.Context, in *pb.FailRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, failure(ctx, in)
}

func pairs(lines []string) metadata.MD {
	made := metadata.MD{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		made.Append(name, value)
	}
	return made
}

func (*everywhere) Headers(ctx context.Context, in *pb.HeadersRequest) (*pb.HeadersAnswer, error) {
	grpc.SetHeader(ctx, pairs(in.Headers))
	grpc.SetTrailer(ctx, pairs(in.Trailers))
	answer := &pb.HeadersAnswer{}
	if _, has := ctx.Deadline(); in.TellDeadline {
		answer.HasDeadline = has
	}
	received, _ := metadata.FromIncomingContext(ctx)
	// Of the connection, not of the caller.
	for _, name := range []string{":authority", "content-type", "grpc-accept-encoding", "user-agent"} {
		delete(received, name)
	}
	for name, values := range received {
		for _, value := range values {
			answer.Metadata = append(answer.Metadata, fmt.Sprintf("%s: %q", name, value))
		}
	}
	sort.Strings(answer.Metadata)
	return answer, nil
}

func (*everywhere) Count(in *pb.CountRequest, stream grpc.ServerStreamingServer[pb.Counted]) error {
	for i := int32(0); i < in.Count; i++ {
		if err := stream.Send(&pb.Counted{Number: in.From + i, Text: in.Text}); err != nil {
			return err
		}
		select {
		case <-time.After(time.Duration(in.Interval) * time.Millisecond):
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
	return nil
}

func (*everywhere) CountAndFail(in *pb.FailRequest, stream grpc.ServerStreamingServer[pb.Counted]) error {
	for i := int32(0); i < in.After; i++ {
		if err := stream.Send(&pb.Counted{Number: i}); err != nil {
			return err
		}
	}
	return failure(stream.Context(), in)
}

func (*everywhere) RawStream(in *pb.RawRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	for i := int32(0); i < in.Times; i++ {
		if err := stream.Send(&httpbody.HttpBody{ContentType: in.ContentType, Data: in.Data}); err != nil {
			return err
		}
	}
	return nil
}
