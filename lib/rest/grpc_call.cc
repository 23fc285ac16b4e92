#include "rest/grpc_call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "http/refusal.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"

namespace fairlead::rest {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// As the admin API reads it from a call inside the process.
constexpr const char* kPeerKey = "fairlead-peer";

std::string PathOf(const MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

grpc::ByteBuffer BytesOf(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
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
  context.AddMetadata(kPeerKey, options.peer);
  if (!options.timeout) return;
  const auto until = runtime::ToWall(runtime::Now() + *options.timeout);
  context.set_deadline(std::chrono::time_point_cast<std::chrono::system_clock::duration>(until));
}

struct UnaryCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

// Owns itself from the call's start until gRPC is done with it. Next and Cancel come from one
// thread, reactions from gRPC's, one by one. The hold keeps gRPC from ending the call while a read
// may still be asked for: it goes with the read that finds the end, or with Cancel.
class StreamCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public http::Body,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(const MethodDescriptor& method, transcode::StreamForm form, StreamBegun begun)
      : method_(method), form_(form), begun_(std::move(begun)) {}

  void Start(const std::shared_ptr<grpc::Channel>& channel, const Message& request,
             const CallOptions& options) {
    self_ = shared_from_this();
    Prepare(context_, options);
    request_ = BytesOf(request);
    grpc::GenericStub stub(channel);
    stub.PrepareBidiStreamingCall(&context_, PathOf(method_), {}, this);
    AddHold();
    StartWriteLast(&request_, {});
    StartRead(&response_);
    StartCall();
  }

  // The first message is read before anybody asks; from then on one is read for each that is taken.
  void Next(Take take) override {
    std::optional<std::string> piece;
    bool is_to_read = false;
    {
      const runtime::MutexLock lock(mutex_);
      if (read_) {
        piece = std::exchange(read_, std::nullopt);
      } else if (is_done_) {
        piece = std::exchange(last_, std::nullopt);
      } else {
        take_ = std::move(take);
        is_to_read = is_held_ && !std::exchange(is_reading_, true);
        if (!is_to_read) return;
      }
    }
    if (is_to_read) {
      StartRead(&response_);
    } else {
      take(std::move(piece));
    }
  }

  void Cancel() override {
    context_.TryCancel();
    LetGo();
  }

  void OnReadDone(bool is_read) override {
    if (!is_read) return LetGo();  // OnDone says why
    const auto message = MessageOf(method_, response_);
    std::string piece = message ? transcode::PieceOf(form_, **message)
                                : transcode::ErrorPieceOf(form_, JsonOf(message.error()));
    Take take;
    {
      const runtime::MutexLock lock(mutex_);
      is_reading_ = false;
      take = std::exchange(take_, {});
      if (!take) read_ = piece;
    }
    Begin({});
    if (take) take(std::move(piece));
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<StreamCall> last = std::move(self_);
    std::optional<std::string> error;
    if (!status.ok() && status.error_code() != grpc::StatusCode::CANCELLED)
      error = transcode::ErrorPieceOf(form_, JsonOf(ErrorOf(status)));
    Begin(status.ok() ? Result<>() : std::unexpected(ErrorOf(status)));
    Take take;
    {
      const runtime::MutexLock lock(mutex_);
      is_done_ = true;
      take = std::exchange(take_, {});
      if (!take) last_ = error;
    }
    // An error is one more piece; the one who takes it asks again, and is told the end.
    if (take) take(std::move(error));
  }

 private:
  static std::string JsonOf(const Error& error) { return http::StatusJson(error); }
  void Begin(Result<> how) {
    if (auto begun = std::exchange(begun_, {})) begun(std::move(how), shared_from_this());
  }
  void LetGo() {
    {
      const runtime::MutexLock lock(mutex_);
      if (!std::exchange(is_held_, false)) return;
    }
    RemoveHold();
  }

  const MethodDescriptor& method_;
  const transcode::StreamForm form_;
  StreamBegun begun_;  // reactions only
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::shared_ptr<StreamCall> self_;
  runtime::Mutex mutex_;
  Take take_ FAIRLEAD_GUARDED_BY(mutex_);
  bool is_held_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_reading_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_done_ FAIRLEAD_GUARDED_BY(mutex_) = false;
  std::optional<std::string> read_ FAIRLEAD_GUARDED_BY(mutex_);  // that nobody asked for yet
  std::optional<std::string> last_ FAIRLEAD_GUARDED_BY(mutex_);  // why it failed, untold
};

}  // namespace

std::function<void()> CallUnary(const std::shared_ptr<grpc::Channel>& channel,
                                const MethodDescriptor& method, const Message& request,
                                const CallOptions& options, Unary done) {
  const auto call = std::make_shared<UnaryCall>();
  Prepare(call->context, options);
  call->request = BytesOf(request);
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
  call->Start(channel, request, options);
  return call;
}

}  // namespace fairlead::rest
