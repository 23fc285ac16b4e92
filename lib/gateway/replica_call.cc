#include "gateway/replica_call.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/limits.h"
#include "gateway/messages.h"
#include "gateway/replica_channel.h"
#include "gateway/retry_rule.h"
#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;

// A server that ends a call by its deadline may be as much before us: it counts milliseconds.
constexpr Duration kDeadlineSlack = std::chrono::milliseconds(5);

// Owns itself until the call has ended. All of it is the loop's, but for end_, which is not touched
// after the end.
class ReplicaCall final : public PassedCall,
                          public ReplicaChannel::Waiter,
                          public std::enable_shared_from_this<ReplicaCall>,
                          private ReplicaStream,
                          private Deadlines::Call {
 public:
  ReplicaCall(Calling calling, CallCount::Token token, std::function<void(Metadata)> head)
      : token_(std::move(token)),
        calling_(std::move(calling)),
        pool_(calling_.channel->pool()),
        retries_(calling_.channel->retry()),
        head_(std::move(head)),
        cutter_(pool_.options().message_bytes_max) {}

  void Begin() {
    self_ = shared_from_this();
    if (calling_.timeout) {
      until_ = runtime::Now() + *calling_.timeout;
      place_ = pool_.deadlines().Add(*until_, *this);
    }
    Try();
  }

  void Next(Take take) override {
    OnLoop([take = std::move(take)](ReplicaCall& call) mutable {
      call.take_ = std::move(take);
      call.Deliver();
    });
  }
  void Cancel() override {
    OnLoop([](ReplicaCall& call) { call.GiveUp(Code::kCancelled); });
  }
  void Send(std::string message, std::function<void()> sent) override {
    OnLoop([message = std::move(message), sent = std::move(sent)](ReplicaCall& call) mutable {
      call.Add(message, std::move(sent));
    });
  }
  void SendNoMore() override {
    OnLoop([](ReplicaCall& call) {
      call.has_all_ = true;
      if (call.link_) call.link_->SendMore(call);
    });
  }
  const End& end() const override { return end_; }
  const std::string& service() const override { return calling_.service; }

 private:
  template <class Act>
  void OnLoop(Act act) {
    asio::dispatch(context_,
                   [self = shared_from_this(), act = std::move(act)]() mutable { act(*self); });
  }

  void Add(const std::string& message, std::function<void()> sent) {
    if (is_over_) return;
    sent_ = std::move(sent);
    requests_ += Framed(kDataFlag, message);
    if (requests_.size() > CallLimits().retry_bytes_max) is_committed_ = true;
    if (link_) link_->SendMore(*this);
  }

  // --- attempts ---

  void OnChange() override { Try(); }
  void Try() {
    if (is_over_ || link_) return;
    const ReplicaChannel::Picked picked = calling_.channel->Pick();
    if (picked.link) return Open(picked.link);
    if (!picked.may_come && !calling_.channel->tls_trouble().empty())
      return EndAttempt({.end = {.how = {.code = Code::kUnavailable,
                                         .message = "call " + TlsTroubleWords(calling_.service)}}});
    if (!picked.may_come && !calling_.waits_for_ready)
      return EndAttempt({.end = {.how = OwnFailure(calling_, Code::kUnavailable)}});
    if (calling_.channel->Wait(weak_from_this())) return;
    Finish({.how = OwnFailure(calling_, Code::kResourceExhausted,
                              "too many calls wait for its replicas; try again")});
  }

  void Open(const std::shared_ptr<ReplicaLink>& link) {
    std::optional<Duration> left;
    if (until_) left = *until_ - runtime::Now();
    const CallHead head = HeadOf(calling_, {.authority = calling_.channel->authority(),
                                            .is_tls = link->is_tls(),
                                            .left = left,
                                            .attempts_before = retries_.attempts_before()});
    if (head.list_bytes > link->header_list_bytes_max()) {
      return Finish({.how = OwnFailure(calling_, Code::kResourceExhausted,
                                       "its server does not take headers of such a length")});
    }
    link_ = link;
    sent_bytes_ = 0;
    link_->Open(*this, head.block.bytes());
    if (!requests_.empty() || has_all_) link_->SendMore(*this);
  }

  // The stream is over.
  void EndAttempt(Outcome outcome) {
    link_.reset();
    if (outcome.end.how.code == Code::kDeadlineExceeded && IsTimeOver())
      return GiveUp(Code::kDeadlineExceeded);
    const Code code = outcome.end.how.code;
    if (code != Code::kOk && !is_committed_) {
      if (const auto pause = retries_.After(code, outcome.pushback, pool_.rng()))
        return TryAfter(*pause);
    }
    Finish(std::move(outcome.end));
  }

  bool IsTimeOver() const { return until_ && *until_ - runtime::Now() < kDeadlineSlack; }

  void TryAfter(Duration pause) {
    again_.emplace(context_, pause);
    again_->async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (error) return;
      if (const auto self = weak.lock()) self->Try();
    });
  }

  // --- the stream ---

  void OnHead(const h2::FieldList& fields) override {
    if (auto fault = FaultOfHead(calling_, fields)) {
      link_->Leave(*this);
      return EndAttempt({.end = {.how = *std::move(fault)}});
    }
    is_committed_ = true;
    Forget();
    if (const auto head = std::exchange(head_, {})) head(gateway::MetadataOf(fields));
  }
  void OnData(std::span<const std::byte> data) override {
    cutter_.Feed({reinterpret_cast<const char*>(data.data()), data.size()});
    Deliver();
  }
  void OnEnd(const h2::FieldList* trailers) override {
    Outcome outcome = OutcomeOf(calling_, trailers != nullptr ? *trailers : h2::FieldList(),
                                /*has_head=*/has_head);
    EndAttempt(std::move(outcome));
  }
  void OnFailure(const h2::StreamFailure& failure) override {
    link_.reset();
    if (failure.is_unseen && !is_committed_ && !std::exchange(was_unseen_, true)) return Try();
    // grpc-go ends a call by its deadline with a reset and no status.
    if (failure.code == Code::kCancelled && IsTimeOver()) return GiveUp(Code::kDeadlineExceeded);
    EndAttempt({.end = {.how = OwnFailure(calling_, failure.code, failure.why)}});
  }
  std::string_view Unsent() const override {
    return std::string_view(requests_).substr(sent_bytes_);
  }
  bool ends_there() const override { return has_all_; }
  void OnSent(std::size_t bytes) override {
    sent_bytes_ += bytes;
    if (sent_bytes_ < requests_.size()) return;
    if (is_committed_) Forget();
    // Not from within what the link does.
    if (sent_) asio::post(context_, std::exchange(sent_, {}));
  }
  // What was sent is not needed for another attempt.
  void Forget() {
    requests_.erase(0, sent_bytes_);
    sent_bytes_ = 0;
  }

  // --- the answer ---

  // Gives whoever asked for it the next message, or the end. What it gives may ask again at once.
  void Deliver() {
    if (std::exchange(is_delivering_, true)) return;
    const std::shared_ptr<ReplicaCall> self = shared_from_this();
    while (take_) {
      std::optional<std::string> piece;
      if (!is_cut_) piece = NextPiece();
      if (!piece && !is_over_) break;
      const Take take = std::exchange(take_, {});
      take(std::move(piece));
    }
    is_delivering_ = false;
  }

  std::optional<std::string> NextPiece() {
    Result<std::optional<std::string>> piece = cutter_.NextFramed();
    if (!piece) {
      Cut(OwnFailure(
          calling_,
          piece.error().code == Code::kResourceExhausted ? Code::kResourceExhausted
                                                         : Code::kInternal,
          piece.error().code == Code::kUnimplemented ? "a message that is compressed" : ""));
      return std::nullopt;
    }
    if (link_ && *piece) link_->Release(*this, (*piece)->size(), 0);
    if (link_ && !*piece) link_->Release(*this, 0, cutter_.wanted_bytes());
    if (is_over_ && !*piece && cutter_.kept_bytes() > 0 && end_.how.code == Code::kOk)
      Cut(OwnFailure(calling_, Code::kInternal, "its answer ended inside a message"));
    return *std::move(piece);
  }

  // --- the end ---

  void OnDeadline() override {
    place_.reset();
    GiveUp(Code::kDeadlineExceeded);
  }
  void GiveUp(Code code) {
    if (!is_over_) Cut(OwnFailure(calling_, code));
  }
  // Ends it without the rest of what has come of its answer, which may have ended already.
  void Cut(CallFailure how) {
    is_cut_ = true;
    if (is_over_) {
      end_.how = std::move(how);
      return;
    }
    if (how.code == Code::kResourceExhausted) pool_.TellLimitHit("message-bytes");
    Finish({.how = std::move(how)});
  }
  void Finish(End end) {
    if (std::exchange(is_over_, true)) return;
    end_ = std::move(end);
    if (const auto link = std::exchange(link_, nullptr)) link->Leave(*this);
    if (place_) pool_.deadlines().Remove(*std::exchange(place_, std::nullopt));
    again_.reset();
    head_ = {};
    sent_ = {};
    requests_ = {};
    calling_.open.reset();
    Deliver();
    // The last that is held of the loop's.
    calling_.channel.reset();
    self_.reset();
  }

  const CallCount::Token token_;
  Calling calling_;
  ReplicaPool& pool_;  // until the end
  asio::io_context& context_ = pool_.context();
  RetryRule retries_;
  std::shared_ptr<ReplicaCall> self_;
  std::optional<TimePoint> until_;
  std::optional<Deadlines::Place> place_;
  std::optional<asio::steady_timer> again_;
  std::shared_ptr<ReplicaLink> link_;  // while a stream is open on it
  bool is_committed_ = false;          // there is no other attempt
  bool was_unseen_ = false;            // an attempt

  std::string requests_;        // messages with their heads, from the first that may be needed
  std::size_t sent_bytes_ = 0;  // of them, on the stream that is open
  bool has_all_ = false;        // of them
  std::function<void()> sent_;

  std::function<void(Metadata)> head_;
  MessageCutter cutter_;
  Take take_;
  bool is_delivering_ = false;
  bool is_over_ = false;
  bool is_cut_ = false;  // nothing that has come is given any more
  End end_;
};

}  // namespace

std::shared_ptr<PassedCall> CallReplica(Calling calling, CallCount::Token token,
                                        std::function<void(Metadata head)> head) {
  const auto call =
      std::make_shared<ReplicaCall>(std::move(calling), std::move(token), std::move(head));
  call->Begin();
  return call;
}

}  // namespace fairlead::gateway
