#include "gateway/call.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/answer.h"
#include "gateway/messages.h"
#include "gateway/passed_call.h"
#include "gateway/replica_call.h"
#include "transcode/tell.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;
using google::protobuf::Message;

// A stream that neither tells nor fails within this is open: its reader is told so.
constexpr Duration kOpeningPatience = std::chrono::milliseconds(100);

// `piece`: with its head.
std::unique_ptr<Message> MessageOf(const CallOrder& order, std::string_view piece) {
  const std::string_view bytes = piece.substr(kMessageHeadBytes);
  std::unique_ptr<Message> message = order.set->New(*order.route->method->output_type());
  const bool is_whole = message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return is_whole ? std::move(message) : nullptr;
}

CallFailure BadAnswer(const std::string& service) {
  return {Code::kInternal,
          "read the answer of " + service + ": it is not the message that its own descriptor says"};
}

http::Reply Named(http::Reply reply, const std::string& service) {
  reply.route = service;
  return reply;
}

class UnaryCall final : public std::enable_shared_from_this<UnaryCall> {
 public:
  UnaryCall(CallOrder order, http::Handler::Answer answer)
      : order_(std::move(order)), answer_(std::move(answer)) {}

  void Begin(CallCount::Token token) {
    call_ =
        CallReplica(std::move(order_.calling), std::move(token),
                    [self = shared_from_this()](Metadata head) { self->head_ = std::move(head); });
    call_->Send(std::move(order_.request), {});
    call_->SendNoMore();
    Pull();
  }
  void Cancel() { call_->Cancel(); }

 private:
  void Pull() {
    call_->Next([self = shared_from_this()](std::optional<std::string> piece) {
      self->OnPiece(std::move(piece));
    });
  }
  void OnPiece(std::optional<std::string> piece) {
    if (!piece) return answer_(Named(ReplyToEnd(), call_->service()));
    if (answered_) {  // the one message that there may be was there already
      is_bad_ = true;
      call_->Cancel();
    }
    answered_ = std::move(piece);
    Pull();
  }
  http::Reply ReplyToEnd() const {
    const CallFailure& how = call_->end().how;
    if (how.code != Code::kOk && !is_bad_) return ReplyOf(how, *order_.set);
    const std::unique_ptr<Message> message =
        answered_ && !is_bad_ ? MessageOf(order_, *answered_) : nullptr;
    return message ? ReplyOf(*order_.route, *message, head_)
                   : ReplyOf(BadAnswer(call_->service()), *order_.set);
  }

  CallOrder order_;
  const http::Handler::Answer answer_;
  std::shared_ptr<PassedCall> call_;
  Metadata head_;
  std::optional<std::string> answered_;
  bool is_bad_ = false;
};

// A server stream as pieces of a body. It answers with the first message, the end, or when our
// patience is at one, whatever comes first. One piece is read ahead, and no more before it is
// taken.
class StreamCall final : public http::Body, public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(boost::asio::io_context& context, CallOrder order, http::Handler::Answer answer)
      : context_(context),
        order_(std::move(order)),
        is_raw_(IsRawBody(*order_.route->method->output_type())),
        answer_(std::move(answer)),
        patience_(context) {}

  void Begin(CallCount::Token token) {
    call_ = CallReplica(
        std::move(order_.calling), std::move(token),
        [self = shared_from_this()](const Metadata& head) { self->fields_ = FieldsOf(head); });
    call_->Send(std::move(order_.request), {});
    call_->SendNoMore();
    Pull();
    // What is raw has its type in the first message, so that one is waited for.
    if (is_raw_) return;
    patience_.expires_after(kOpeningPatience);
    patience_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->Answer(self->ReplyOpened());
    });
  }

  void Next(Take take) override {
    asio::dispatch(context_, [self = shared_from_this(), take = std::move(take)]() mutable {
      self->OnNext(std::move(take));
    });
  }
  void Cancel() override { call_->Cancel(); }

 private:
  void OnNext(Take take) {
    if (ready_ || is_over_) return take(std::exchange(ready_, std::nullopt));
    take_ = std::move(take);
    if (!is_pulling_) Pull();
  }
  void Pull() {
    is_pulling_ = true;
    call_->Next([self = shared_from_this()](std::optional<std::string> piece) {
      self->OnPiece(std::move(piece));
    });
  }

  // An empty piece of a raw body says nothing, and an empty chunk would end it.
  void OnPiece(std::optional<std::string> piece) {
    is_pulling_ = false;
    is_over_ = !piece;
    std::optional<std::string> told = piece ? PieceOf(*piece) : LastPiece();
    if (told && told->empty()) told.reset();
    if (!told && !is_over_) return Pull();
    if (const Take take = std::exchange(take_, {})) return take(std::move(told));
    ready_ = std::move(told);
  }
  std::string PieceOf(std::string_view piece) {
    const std::unique_ptr<Message> message = MessageOf(order_, piece);
    if (!message) {
      is_bad_ = true;
      call_->Cancel();
      return ErrorPiece(BadAnswer(call_->service())).value_or("");
    }
    const std::optional<RawBody> raw = is_raw_ ? std::optional(RawBodyOf(*message)) : std::nullopt;
    if (answer_) {
      Answer(
          ReplyOpened(raw ? raw->content_type : std::string(transcode::ContentTypeOf(order_.form)),
                      std::exchange(fields_, {})));
    }
    if (raw) return raw->data;
    return transcode::PieceOfJson(order_.form, transcode::TellAnswer(*order_.route, *message));
  }
  std::optional<std::string> LastPiece() {
    const CallFailure& how = call_->end().how;
    if (how.code == Code::kOk || is_bad_) {
      Answer(ReplyOpened());
      return std::nullopt;
    }
    Answer(ReplyFailed(how));
    return ErrorPiece(how);
  }

  http::Reply ReplyOpened(const std::string& content_type, std::vector<http::Field> fields) {
    http::Reply reply{.fields = std::move(fields), .stream = shared_from_this()};
    reply.fields.push_back({"Content-Type", content_type});
    // A comment, which readers of events pass over and proxies take for life.
    const bool is_events = !is_raw_ && order_.form == transcode::StreamForm::kEvents;
    if (is_events) reply.idle_piece = ": nothing new\n\n";
    return reply;
  }
  http::Reply ReplyOpened() {
    return ReplyOpened(std::string(transcode::ContentTypeOf(order_.form)), {});
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
  void Answer(http::Reply reply) {
    patience_.cancel();
    if (const auto answer = std::exchange(answer_, {}))
      answer(Named(std::move(reply), call_->service()));
  }

  asio::io_context& context_;
  CallOrder order_;
  const bool is_raw_;
  std::shared_ptr<PassedCall> call_;
  http::Handler::Answer answer_;
  asio::steady_timer patience_;
  std::vector<http::Field> fields_;  // of the answer's head
  Take take_;
  std::optional<std::string> ready_;  // that nobody asked for yet
  bool is_pulling_ = false;
  bool is_over_ = false;
  bool is_bad_ = false;
};

}  // namespace

std::function<void()> CallUnary(CallOrder order, CallCount::Token token,
                                http::Handler::Answer answer) {
  const auto call = std::make_shared<UnaryCall>(std::move(order), std::move(answer));
  call->Begin(std::move(token));
  return [call] { call->Cancel(); };
}

std::function<void()> CallStream(boost::asio::io_context& context, CallOrder order,
                                 CallCount::Token token, http::Handler::Answer answer) {
  const auto call = std::make_shared<StreamCall>(context, std::move(order), std::move(answer));
  call->Begin(std::move(token));
  return [call] { call->Cancel(); };
}

}  // namespace fairlead::gateway
