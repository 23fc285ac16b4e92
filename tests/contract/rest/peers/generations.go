package main

import (
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "fairlead/rest_peers/everything"
)

// What another version of the .proto says, of the same server: what it does not know of a message it sends back all
// the same, as every protobuf does.
type changed struct {
	file protoreflect.FileDescriptor
}

func (c changed) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if path == c.file.Path() {
		return c.file, nil
	}
	return protoregistry.GlobalFiles.FindFileByPath(path)
}

func (c changed) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if name.Parent() == c.file.Package() {
		if service := c.file.Services().ByName(name.Name()); service != nil {
			return service, nil
		}
		if message := c.file.Messages().ByName(name.Name()); message != nil {
			return message, nil
		}
	}
	return protoregistry.GlobalFiles.FindDescriptorByName(name)
}

func described(generation int) protodesc.Resolver {
	if generation == 1 {
		return protoregistry.GlobalFiles
	}
	file := protodesc.ToFileDescriptorProto(pb.File_everything_proto)
	for _, message := range file.MessageType {
		if message.GetName() == "Everything" {
			message.Field = append(message.Field, &descriptorpb.FieldDescriptorProto{
				Name: proto.String("added"), JsonName: proto.String("added"), Number: proto.Int32(100),
				Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
				Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()})
		}
	}
	for _, method := range file.Service[0].Method {
		if method.GetName() == "Plain" {
			method.Options = proto.Clone(method.Options).(*descriptorpb.MethodOptions)
			rule := proto.GetExtension(method.Options, annotations.E_Http).(*annotations.HttpRule)
			rule.AdditionalBindings = append(rule.AdditionalBindings,
				&annotations.HttpRule{Pattern: &annotations.HttpRule_Get{Get: "/v2/plain"}})
		}
	}
	made, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		die("change the .proto", err)
	}
	return changed{made}
}
