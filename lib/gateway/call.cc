#include "gateway/call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/answer.h"
#include "grpcbody/pulled_call.h"
#include "runtime/mutex.h"
#include "transcode/tell.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::Message;

// A stream that neither tells nor fails within this is open: its reader is told so.
constexpr Duration kOpeningPatience = std::chrono::milliseconds(100);

std::unique_ptr<Message> MessageOf(const CallOrder& order, const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  std::unique_ptr<Message> message = order.set->New(*order.route->method->output_type());
  const bool is_whole = bytes.DumpToSingleSlice(&slice).ok() &&
                        message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  return is_whole ? std::move(message) : nullptr;
}

CallFailure BadAnswer(const CallOrder& order) {
  return {Code::kInternal, "read the answer of " + order.calling.service +
                               ": it is not the message that its own descriptor says"};
}

http::Reply Named(http::Reply reply, const CallOrder& order) {
  reply.route = order.calling.service;
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
    if (!status.ok()) return ReplyOf(FailureOf(order.calling, status, context), *order.set);
    const std::unique_ptr<Message> message = MessageOf(order, response);
    return message ? ReplyOf(*order.route, *message, HeadOf(context))
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

class StreamCall final : public grpcbody::PulledCall {
 public:
  StreamCall(CallOrder order, CallCount::Token token, std::shared_ptr<Opening> opening)
      : PulledCall(std::move(token)),
        order_(std::move(order)),
        is_raw_(IsRawBody(*order_.route->method->output_type())),
        opening_(std::move(opening)) {}

  void Begin() {
    Prepare(context(), order_.calling);
    StartWith(order_.calling.channel, order_.calling.method, order_.request);
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

 private:
  // An empty piece of a raw body says nothing, and an empty chunk would end it.
  std::string PieceOf(const grpc::ByteBuffer& bytes) override {
    const std::unique_ptr<Message> message = MessageOf(order_, bytes);
    if (!message) {
      context().TryCancel();
      return ErrorPiece(BadAnswer(order_)).value_or("");
    }
    if (!std::exchange(is_open_, true)) {
      const std::string type = is_raw_ ? RawBodyOf(*message).content_type
                                       : std::string(transcode::ContentTypeOf(order_.form));
      opening_->Take(ReplyOpened(type, FieldsOf(HeadOf(context()))));
    }
    if (is_raw_) return RawBodyOf(*message).data;
    return transcode::PieceOfJson(order_.form, transcode::TellAnswer(*order_.route, *message));
  }
  std::optional<std::string> LastPieceOf(const grpc::Status& status) override {
    order_.calling.open.reset();
    if (status.ok()) {
      opening_->Take(ReplyOpened());
      return std::nullopt;
    }
    const CallFailure failure = FailureOf(order_.calling, status, context());
    opening_->Take(Named(ReplyFailed(failure), order_));
    return ErrorPiece(failure);
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

  CallOrder order_;  // changed at its end alone, and only what nobody else looks at
  const bool is_raw_;
  const std::shared_ptr<Opening> opening_;
  bool is_open_ = false;  // reactions only
};

}  // namespace

std::function<void()> CallUnary(CallOrder order, CallCount::Token token,
                                http::Handler::Answer answer) {
  const auto call =
      std::make_shared<UnaryCall>(std::move(token), std::move(order), std::move(answer));
  const Calling& calling = call->order.calling;
  Prepare(call->context, calling);
  call->request = grpcbody::BytesOf(call->order.request);
  grpc::GenericStub stub(calling.channel);
  stub.UnaryCall(&call->context, calling.method, {}, &call->request, &call->response,
                 [call](const grpc::Status& status) {
                   call->answer(Named(call->ReplyTo(status), call->order));
                   call->order.calling.open.reset();
                 });
  return [call] { call->context.TryCancel(); };
}

std::function<void()> CallStream(boost::asio::io_context& context, CallOrder order,
                                 CallCount::Token token, http::Handler::Answer answer) {
  const auto opening = std::make_shared<Opening>(std::move(answer));
  const auto call = std::make_shared<StreamCall>(std::move(order), std::move(token), opening);
  call->Begin();
  const auto patience = std::make_shared<boost::asio::steady_timer>(context, kOpeningPatience);
  if (call->opens_by_patience()) {
    patience->async_wait([opening, call, patience](const boost::system::error_code& error) {
      if (!error) opening->Take(call->ReplyOpened());
    });
  }
  return [call] { call->Cancel(); };
}

}  // namespace fairlead::gateway
