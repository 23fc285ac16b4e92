#include "rest/grpc_call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcbody/pulled_call.h"
#include "http/refusal.h"
#include "runtime/clock.h"

namespace fairlead::rest {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::string PathOf(const MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

Result<std::unique_ptr<Message>> MessageOf(const MethodDescriptor& method,
                                           const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(method.output_type())
                                       ->New());
  const bool is_whole = bytes.DumpToSingleSlice(&slice).ok() &&
                        message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  if (!is_whole)
    return Fail(Code::kInternal, "read the answer of " + method.name() + ": it is another message");
  return message;
}

// What DetailsOf makes of an error, read back.
Error ErrorOf(const grpc::Status& status) {
  Error error{static_cast<Code>(status.error_code()), status.error_message()};
  google::rpc::Status sent;
  if (status.error_details().empty() || !sent.ParseFromString(status.error_details())) return error;
  for (const google::protobuf::Any& detail : sent.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    if (detail.UnpackTo(&info)) {
      error.reason = info.reason();
      if (const auto found = info.metadata().find("subject"); found != info.metadata().end())
        error.subject = found->second;
    } else if (detail.UnpackTo(&request) && request.field_violations_size() > 0) {
      error.subject = request.field_violations(0).field();
    }
  }
  return error;
}

void Prepare(grpc::ClientContext& context, const CallOptions& options) {
  for (const auto& [key, value] : access::ToMetadata(options.caller))
    context.AddMetadata(key, value);
  if (!options.timeout) return;
  const auto until = runtime::ToWall(runtime::Now() + *options.timeout);
  context.set_deadline(std::chrono::time_point_cast<std::chrono::system_clock::duration>(until));
}

struct UnaryCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

class StreamCall final : public grpcbody::PulledCall {
 public:
  StreamCall(const MethodDescriptor& method, transcode::StreamForm form, StreamBegun begun)
      : method_(method), form_(form), begun_(std::move(begun)) {}

  void Begin(const std::shared_ptr<grpc::Channel>& channel, const Message& request,
             const CallOptions& options) {
    Prepare(context(), options);
    StartWith(channel, PathOf(method_), request.SerializeAsString());
  }

 private:
  std::string PieceOf(const grpc::ByteBuffer& bytes) override {
    const auto message = MessageOf(method_, bytes);
    Tell({});
    return message ? transcode::PieceOf(form_, **message)
                   : transcode::ErrorPieceOf(form_, http::StatusJson(message.error()));
  }
  std::optional<std::string> LastPieceOf(const grpc::Status& status) override {
    Tell(status.ok() ? Result<>() : std::unexpected(ErrorOf(status)));
    if (status.ok() || status.error_code() == grpc::StatusCode::CANCELLED) return std::nullopt;
    return transcode::ErrorPieceOf(form_, http::StatusJson(ErrorOf(status)));
  }
  void Tell(Result<> how) {
    if (auto begun = std::exchange(begun_, {})) begun(std::move(how), shared_from_this());
  }

  const MethodDescriptor& method_;
  const transcode::StreamForm form_;
  StreamBegun begun_;  // reactions only
};

}  // namespace

std::function<void()> CallUnary(const std::shared_ptr<grpc::Channel>& channel,
                                const MethodDescriptor& method, const Message& request,
                                const CallOptions& options, Unary done) {
  const auto call = std::make_shared<UnaryCall>();
  Prepare(call->context, options);
  call->request = grpcbody::BytesOf(request.SerializeAsString());
  grpc::GenericStub stub(channel);
  stub.UnaryCall(&call->context, PathOf(method), {}, &call->request, &call->response,
                 [call, &method, done = std::move(done)](const grpc::Status& status) {
                   if (status.ok()) {
                     done(MessageOf(method, call->response));
                   } else {
                     done(std::unexpected(ErrorOf(status)));
                   }
                 });
  return [call] { call->context.TryCancel(); };
}

std::shared_ptr<http::Body> CallStream(const std::shared_ptr<grpc::Channel>& channel,
                                       const MethodDescriptor& method, const Message& request,
                                       const CallOptions& options, transcode::StreamForm form,
                                       StreamBegun begun) {
  const auto call = std::make_shared<StreamCall>(method, form, std::move(begun));
  call->Begin(channel, request, options);
  return call;
}

}  // namespace fairlead::rest
