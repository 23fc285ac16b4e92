#include "gateway/web_call.h"

#include <memory>
#include <optional>
#include <utility>

#include "gateway/limits.h"
#include "gateway/metadata.h"
#include "gateway/replica_call.h"
#include "runtime/mutex.h"

namespace fairlead::gateway {
namespace {

// The pieces of a call as gRPC-web has them. The answer begins with the service's metadata, or with
// the end of a call that had none; what is no stream is collected, so that its connection is kept.
class WebCall final : public http::Body, public std::enable_shared_from_this<WebCall> {
 public:
  WebCall(WebForm form, bool is_stream, std::string service, http::Handler::Answer answer)
      : form_(form),
        is_stream_(is_stream),
        service_(std::move(service)),
        answer_(std::move(answer)) {}

  void Begin(Calling calling, CallCount::Token token, std::string message) {
    call_ = CallReplica(std::move(calling), std::move(token),
                        [self = shared_from_this()](const Metadata& head) { self->OnHead(head); });
    call_->Send(std::move(message), {});
    call_->SendNoMore();
    Pull();
  }

  void Next(Take take) override {
    std::optional<std::string> piece;
    bool is_to_pull = false;
    {
      const runtime::MutexLock lock(mutex_);
      if (ready_ || is_over_) {
        piece = std::exchange(ready_, std::nullopt);
      } else {
        take_ = std::move(take);
        is_to_pull = !std::exchange(is_pulling_, true);
        if (!is_to_pull) return;
      }
    }
    if (is_to_pull) return Pull();
    take(std::move(piece));
  }
  void Cancel() override { call_->Cancel(); }

 private:
  void Pull() {
    call_->Next([self = shared_from_this()](std::optional<std::string> piece) {
      self->OnPiece(std::move(piece));
    });
  }

  // Before any piece.
  void OnHead(const Metadata& head) {
    reply_.fields = CallFieldsOf(head, kMetadataBytesMax);
    has_head_ = true;
    if (!is_stream_) return;
    reply_.stream = shared_from_this();
    Answer();
  }

  void OnPiece(std::optional<std::string> piece) {
    const bool is_end = !piece;
    if (is_end && !has_head_) {
      reply_ = WebRefusal(form_, call_->end());
      return Answer();
    }
    std::string told = is_end ? WebEnd(form_, call_->end()) : WebPiece(form_, *piece);
    if (!is_stream_) {
      // The one message there should be was there already.
      if (!is_end && !reply_.body.empty()) call_->Cancel();
      if (is_end || reply_.body.empty()) reply_.body += told;
      return is_end ? Answer() : Pull();
    }
    Take take;
    {
      const runtime::MutexLock lock(mutex_);
      is_pulling_ = false;
      is_over_ = is_end;
      take = std::exchange(take_, {});
      if (!take) ready_ = told;
    }
    if (take) take(std::move(told));
  }

  void Answer() {
    const http::Handler::Answer answer = std::exchange(answer_, {});
    if (has_head_) reply_.fields.push_back({"Content-Type", std::string(form_.content_type())});
    reply_.route = service_;
    answer(std::exchange(reply_, {}));
  }

  const WebForm form_;
  const bool is_stream_;
  const std::string service_;
  std::shared_ptr<PassedCall> call_;
  // Of reactions, one after another.
  http::Handler::Answer answer_;
  http::Reply reply_;
  bool has_head_ = false;

  runtime::Mutex mutex_;
  Take take_ FAIRLEAD_GUARDED_BY(mutex_);
  std::optional<std::string> ready_ FAIRLEAD_GUARDED_BY(mutex_);  // that nobody asked for yet
  bool is_pulling_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_over_ FAIRLEAD_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::function<void()> CallWeb(WebOrder order, CallCount::Token token,
                              http::Handler::Answer answer) {
  const auto call = std::make_shared<WebCall>(order.form, order.is_stream, order.calling.service,
                                              std::move(answer));
  call->Begin(std::move(order.calling), std::move(token), std::move(order.message));
  return [call] { call->Cancel(); };
}

}  // namespace fairlead::gateway
