#include "health/canary.h"

#include <utility>

#include "h2/server.h"
#include "health/grpc_health.h"
#include "runtime/clock.h"

namespace fairlead::health {

namespace {

// Two bytes: status SERVING.
const h2::SharedBytes& Serving() {
  static const h2::SharedBytes kServing =
      std::make_shared<const h2::Bytes>(h2::Bytes{std::byte{8}, std::byte{1}});
  return kServing;
}

class ServingHandler final : public h2::StreamHandler {
 public:
  explicit ServingHandler(h2::ServerStream& stream) : stream_(stream) {}
  void OnMessage(std::span<const std::byte>) override {}
  void OnWritten() override {}
  void OnHalfClose() override {
    stream_.Write(Serving(), {});
    stream_.Finish(Code::kOk, "");
  }
  void OnClosed() override {}

 private:
  h2::ServerStream& stream_;
};

}  // namespace

class Canary::Server final : private h2::Router {
 public:
  explicit Server(runtime::EventLoop& loop, std::size_t connections_max)
      : server_(loop, LimitsOf(connections_max), *this) {}
  Result<std::uint16_t> Listen() { return server_.ListenTcp("127.0.0.1", 0); }

 private:
  static h2::ServerLimits LimitsOf(std::size_t connections_max) {
    h2::ServerLimits limits;
    limits.connections_max = limits.connections_per_peer_max = connections_max;
    limits.message_bytes_max = limits.header_list_bytes_max = 4 * 1024;
    limits.connection_buffer_bytes_max = limits.message_bytes_max;
    limits.buffer_bytes_max = connections_max * limits.message_bytes_max;
    return limits;
  }
  Result<std::unique_ptr<h2::StreamHandler>> Open(const h2::RequestHead& head,
                                                  h2::ServerStream& stream) override {
    if (head.path != kHealthCheckPath) return Fail(Code::kUnimplemented, "only Check is known");
    return std::make_unique<ServingHandler>(stream);
  }

  h2::Server server_;
};

Canary::Canary(const QuestionTools& tools, std::uint16_t port, Sink sink)
    : tools_(tools),
      sink_(std::move(sink)),
      port_(port),
      timer_(tools.loop.poller, [this] { OnTimer(); }) {}
Canary::~Canary() = default;

void Canary::Keep() {
  if (std::exchange(is_kept_, true) || is_asking()) return;
  timer_.Set(runtime::Now() + tools_.limits.canary_interval, tools_.limits.canary_timeout);
}

void Canary::Listen() {
  if (port_ == 0) {
    server_ = std::make_unique<Server>(tools_.loop.poller, tools_.limits.canary_connections_max);
    const Result<std::uint16_t> port = server_->Listen();
    if (!port) {
      server_.reset();
      trouble_ = port.error().Text();
      return;
    }
    port_ = *port;
  }
  spec::CheckTarget target{.generation = {}, .ip = "127.0.0.1", .port = port_};
  target.health.mode = spec::HealthMode::kCheck;
  target.health.timeout = tools_.limits.canary_timeout;
  question_ = MakeQuestion(tools_, target, *this);
}

void Canary::Ask() {
  if (is_asking()) return;
  asked_at_ = runtime::Now();
  due_ = *asked_at_ + tools_.limits.canary_timeout;
  waits_ = 0;
  if (question_ == nullptr) Listen();
  if (question_ != nullptr) {
    question_->Ask(/*with_transport=*/false);
  } else {
    outcome_ = spec::CheckOutcome{
        .check_class = spec::CheckClass::kNoPort, .latency = {}, .detail = trouble_};
  }
  // What ended inside the question is told from the timer: nobody waits yet for this one.
  if (is_asking()) timer_.Set(outcome_ ? *asked_at_ : due_);
}

bool Canary::VouchesFor(TimePoint since, TimePoint now) const {
  if (!passed_asked_at_) return false;
  return *passed_asked_at_ >= since || now - passed_at_ <= tools_.limits.canary_fresh;
}

void Canary::OnOutcome(const spec::CheckOutcome& outcome) {
  outcome_ = outcome;
  timer_.Set(runtime::Now());
}

void Canary::OnTimer() {
  const TimePoint now = runtime::Now();
  if (!is_asking()) return Ask();
  if (!outcome_) {
    // A loop that was late has not let the server speak: it has its time again.
    const bool is_late = now - due_ > tools_.limits.suspicion_lateness_max;
    if (is_late && ++waits_ <= kWaitsMax) {
      due_ = now + tools_.limits.canary_timeout;
      timer_.Set(due_);
      return;
    }
    question_->Expire();
  }
  const spec::CheckOutcome outcome = *std::exchange(outcome_, std::nullopt);
  End({.has_passed = outcome.check_class == spec::CheckClass::kServing,
       .asked_at = *std::exchange(asked_at_, std::nullopt),
       .detail = std::string(spec::CheckClassName(outcome.check_class)) + ": " + outcome.detail});
}

void Canary::End(const Verdict& verdict) {
  const TimePoint now = runtime::Now();
  if (verdict.has_passed) {
    passed_asked_at_ = verdict.asked_at;
    passed_at_ = now;
    failures_ = 0;
  } else {
    ++failures_;
  }
  // The next is soon while it fails, and seldom while nobody asks for it.
  timer_.Set(
      now + (verdict.has_passed ? tools_.limits.canary_interval : tools_.limits.canary_recheck_gap),
      tools_.limits.canary_timeout);
  sink_(verdict);
}

}  // namespace fairlead::health
