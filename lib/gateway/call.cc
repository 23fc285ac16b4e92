#include "gateway/call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "gateway/answer.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "transcode/tell.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::Message;

// A stream that neither tells nor fails within this is open: its reader is told so.
constexpr Duration kOpeningPatience = std::chrono::milliseconds(100);
// What gRPC notes of an error that the server itself sent; anything else is its own.
constexpr std::string_view kFromPeer = "Error received from peer";

std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

grpc::ByteBuffer BytesOf(const std::string& request) {
  const grpc::Slice slice(request);
  return {&slice, 1};
}

std::unique_ptr<Message> MessageOf(const CallOrder& order, const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  std::unique_ptr<Message> message = order.set->New(*order.route->method->output_type());
  const bool is_whole = bytes.DumpToSingleSlice(&slice).ok() &&
                        message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  return is_whole ? std::move(message) : nullptr;
}

CallFailure BadAnswer(const CallOrder& order) {
  return {Code::kInternal, "read the answer of " + order.service +
                               ": it is not the message that its own descriptor says"};
}

// gRPC's own words have addresses in them, which are no business of callers.
std::string OwnWords(const CallOrder& order, Code code) {
  const std::string what = "call " + order.service + ": ";
  switch (code) {
    case Code::kDeadlineExceeded:
      return what + "it did not answer in time";
    case Code::kUnavailable:
      return what + "no replica could be reached, or the connection broke; try again";
    case Code::kResourceExhausted:
      return what + "its answer is larger than the gateway takes";
    case Code::kCancelled:
      return what + "it was given up";
    default:
      return what + "it did not answer as gRPC does";
  }
}

CallFailure FailureOf(const CallOrder& order, const grpc::Status& status,
                      const grpc::ClientContext& context) {
  const auto code = static_cast<Code>(status.error_code());
  const bool is_services = context.debug_error_string().find(kFromPeer) != std::string::npos;
  if (is_services) return {code, status.error_message(), status.error_details()};
  return {code, OwnWords(order, code)};
}

void Prepare(grpc::ClientContext& context, const CallOrder& order) {
  for (const auto& [name, value] : order.metadata) context.AddMetadata(name, value);
  if (!order.timeout) return;
  const auto until = runtime::ToWall(runtime::Now() + *order.timeout);
  context.set_deadline(std::chrono::time_point_cast<std::chrono::system_clock::duration>(until));
}

Metadata ToldBy(const grpc::ClientContext& context) {
  Metadata metadata;
  for (const auto& [name, value] : context.GetServerInitialMetadata())
    metadata.emplace_back(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  return metadata;
}

http::Reply Named(http::Reply reply, const CallOrder& order) {
  reply.route = order.service;
  return reply;
}

struct UnaryCall {
  CallCount::Token token;  // the last to go, after everything that holds the channel
  CallOrder order;
  http::Handler::Answer answer;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;

  http::Reply ReplyTo(const grpc::Status& status) const {
    if (!status.ok()) return ReplyOf(FailureOf(order, status, context), *order.set);
    const std::unique_ptr<Message> message = MessageOf(order, response);
    return message ? ReplyOf(*order.route, *message, ToldBy(context))
                   : ReplyOf(BadAnswer(order), *order.set);
  }
};

// Whoever comes first answers: the first message, the end, or our patience.
class Opening {
 public:
  explicit Opening(http::Handler::Answer answer) : answer_(std::move(answer)) {}
  void Take(http::Reply reply) {
    http::Handler::Answer answer;
    {
      const runtime::MutexLock lock(mutex_);
      answer = std::exchange(answer_, {});
    }
    if (answer) answer(std::move(reply));
  }

 private:
  runtime::Mutex mutex_;
  http::Handler::Answer answer_ FAIRLEAD_GUARDED_BY(mutex_);
};

// Owns itself from the call's start until gRPC is done with it. Next and Cancel come from the loop,
// reactions from gRPC's threads, one by one. One message is read ahead, and no more before it is
// taken: that is what holds the service back. The hold keeps gRPC from ending the call while a read
// may still be asked for; it goes with the read that finds the end, or with Cancel.
class StreamCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public http::Body,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(CallOrder order, CallCount::Token token, std::shared_ptr<Opening> opening)
      : token_(std::move(token)),
        order_(std::move(order)),
        is_raw_(IsRawBody(*order_.route->method->output_type())),
        opening_(std::move(opening)) {}

  void Start() {
    self_ = shared_from_this();
    Prepare(context_, order_);
    request_ = BytesOf(order_.request);
    grpc::GenericStub stub(order_.channel);
    stub.PrepareBidiStreamingCall(&context_, PathOf(*order_.route->method), {}, this);
    AddHold();
    StartWriteLast(&request_, {});
    StartRead(&response_);
    StartCall();
  }

  // What is raw has its type in the first message, so that one is waited for.
  bool opens_by_patience() const { return !is_raw_; }
  http::Reply ReplyOpened(const std::string& content_type, std::vector<http::Field> fields) {
    http::Reply reply{.fields = std::move(fields), .stream = shared_from_this()};
    reply.fields.push_back({"Content-Type", content_type});
    // A comment, which readers of events pass over and proxies take for life.
    const bool is_events = !is_raw_ && order_.form == transcode::StreamForm::kEvents;
    if (is_events) reply.idle_piece = ": nothing new\n\n";
    return Named(std::move(reply), order_);
  }
  http::Reply ReplyOpened() {
    return ReplyOpened(std::string(transcode::ContentTypeOf(order_.form)), {});
  }

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
    const std::unique_ptr<Message> message = MessageOf(order_, response_);
    std::string piece = message ? PieceOf(*message) : ErrorPiece(BadAnswer(order_)).value_or("");
    if (!message) context_.TryCancel();
    if (message && !std::exchange(is_open_, true)) {
      const std::string type = is_raw_ ? RawBodyOf(*message).content_type
                                       : std::string(transcode::ContentTypeOf(order_.form));
      opening_->Take(ReplyOpened(type, FieldsOf(ToldBy(context_))));
    }
    // Nothing in a raw body, and an empty chunk would end it.
    if (piece.empty()) return StartRead(&response_);
    Take take;
    {
      const runtime::MutexLock lock(mutex_);
      is_reading_ = false;
      take = std::exchange(take_, {});
      if (!take) read_ = piece;
    }
    if (take) take(std::move(piece));
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<StreamCall> last = std::move(self_);
    order_.open.reset();
    std::optional<std::string> error;
    if (status.ok()) {
      opening_->Take(ReplyOpened());
    } else {
      const CallFailure failure = FailureOf(order_, status, context_);
      opening_->Take(Named(ReplyFailed(failure), order_));
      error = ErrorPiece(failure);
    }
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
  std::string PieceOf(const Message& message) const {
    if (is_raw_) return RawBodyOf(message).data;
    return transcode::PieceOfJson(order_.form, transcode::TellAnswer(*order_.route, message));
  }
  // It failed before it told anything: the status says so, and the body is a piece as any other.
  http::Reply ReplyFailed(const CallFailure& failure) const {
    http::Reply reply = ReplyOf(failure, *order_.set);
    if (order_.form == transcode::StreamForm::kLines)
      reply.body = transcode::ErrorPieceOf(order_.form, reply.body);
    return reply;
  }
  // What is raw has no form for an error: it ends.
  std::optional<std::string> ErrorPiece(const CallFailure& failure) const {
    if (is_raw_) return std::nullopt;
    return transcode::ErrorPieceOf(order_.form, JsonOf(failure, *order_.set));
  }
  void LetGo() {
    {
      const runtime::MutexLock lock(mutex_);
      if (!std::exchange(is_held_, false)) return;
    }
    RemoveHold();
  }

  const CallCount::Token token_;  // as UnaryCall's
  CallOrder order_;               // changed by OnDone alone, and only what nobody else looks at
  const bool is_raw_;
  const std::shared_ptr<Opening> opening_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  bool is_open_ = false;  // reactions only
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

std::function<void()> CallUnary(CallOrder order, CallCount::Token token,
                                http::Handler::Answer answer) {
  const auto call =
      std::make_shared<UnaryCall>(std::move(token), std::move(order), std::move(answer));
  Prepare(call->context, call->order);
  call->request = BytesOf(call->order.request);
  grpc::GenericStub stub(call->order.channel);
  stub.UnaryCall(&call->context, PathOf(*call->order.route->method), {}, &call->request,
                 &call->response, [call](const grpc::Status& status) {
                   call->answer(Named(call->ReplyTo(status), call->order));
                   call->order.open.reset();
                 });
  return [call] { call->context.TryCancel(); };
}

std::function<void()> CallStream(boost::asio::io_context& context, CallOrder order,
                                 CallCount::Token token, http::Handler::Answer answer) {
  const auto opening = std::make_shared<Opening>(std::move(answer));
  const auto call = std::make_shared<StreamCall>(std::move(order), std::move(token), opening);
  call->Start();
  const auto patience = std::make_shared<boost::asio::steady_timer>(context, kOpeningPatience);
  if (call->opens_by_patience()) {
    patience->async_wait([opening, call, patience](const boost::system::error_code& error) {
      if (!error) opening->Take(call->ReplyOpened());
    });
  }
  return [call] { call->Cancel(); };
}

}  // namespace fairlead::gateway
