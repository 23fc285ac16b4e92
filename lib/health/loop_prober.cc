#include "health/loop_prober.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <utility>

#include "base/prefetch.h"
#include "health/grpc_health.h"
#include "runtime/clock.h"

namespace fairlead::health {

// One generation under check.
class LoopProber::Target final : public QuestionEvents {
 public:
  Target(LoopProber& owner, TargetKey own_key, const spec::CheckTarget& target)
      : key(own_key),
        about(target),
        owner_(owner),
        question_(MakeQuestion(
            {.loop = owner.loop_, .limits = owner.limits_, .socket_inside = owner.socket_inside_},
            target, *this)) {}

  void Ask() {
    if (is_asking) {
      asks_again = true;
      return;
    }
    is_asking = true;
    asks_again = false;
    asked_at = runtime::Now();
    owner_.OnAsked(*this, asked_at + about.health.timeout);
    question_->Ask();
  }
  void Expire() { question_->Expire(); }

  void OnOutcome(const spec::CheckOutcome& outcome) override { owner_.OnAnswered(*this, outcome); }
  void OnPeerClosed() override { owner_.OnPeerClosed(*this); }
  void OnWatched(std::span<const std::byte> message) override { owner_.OnWatched(*this, message); }
  void FetchAhead() const override { Prefetch(this, sizeof *this); }
  // Asks for memory that Ask() will need, in kFetchSteps (base/prefetch.h).
  void FetchForAsk(std::size_t step) const {
    if (step == 0) {
      FetchAhead();
    } else if (step == 1) {
      Prefetch(question_.get(), kQuestionBytes);
    } else {
      question_->FetchAhead(step - 2);
    }
  }
  static constexpr std::size_t kFetchSteps = 4;

  const TargetKey key;
  const spec::CheckTarget about;
  TimePoint asked_at{};
  TimePoint reasked_at{};  // last time a closed connection caused a check
  bool is_asking = false;
  bool asks_again = false;               // another check became due meanwhile
  std::optional<spec::CheckClass> told;  // last, of what says anything

 private:
  static constexpr std::size_t kQuestionBytes = 320;

  LoopProber& owner_;
  const std::unique_ptr<Question> question_;
};

LoopProber::LoopProber(runtime::EventLoop& event_loop, const ProberLimits& limits, ProbeSink& sink,
                       SocketInside socket_inside)
    : limits_(limits),
      sink_(sink),
      socket_inside_(std::move(socket_inside)),
      loop_(event_loop, limits.client),
      schedule_(limits),
      timer_(event_loop, [this] { OnTimer(); }) {}

LoopProber::~LoopProber() = default;

void LoopProber::Begin(const spec::CheckTarget& target) {
  const spec::HealthProtocol protocol = target.health.protocol;
  if (protocol == spec::HealthProtocol::kDocker || protocol == spec::HealthProtocol::kNone) return;
  End(target.generation);
  const TargetKey key = ++last_key_;
  keys_.emplace(target.generation, key);
  targets_.emplace(key, std::make_unique<Target>(*this, key, target));
  const Duration interval = target.health.interval;
  schedule_.Begin(key,
                  {.interval = interval, .phase = PhaseOf(target.generation.id.value, interval)},
                  runtime::Now());
  Arm();
}

void LoopProber::End(const Generation& generation) {
  const auto found = keys_.find(generation);
  if (found == keys_.end()) return;
  const auto target = targets_.find(found->second);
  if (target->second->is_asking) {
    deadlines_.erase(
        {target->second->asked_at + target->second->about.health.timeout, found->second});
  }
  schedule_.End(found->second);
  targets_.erase(target);
  keys_.erase(found);
}

void LoopProber::CheckSoon(const Generation& generation, Duration after) {
  const auto found = keys_.find(generation);
  if (found == keys_.end()) return;
  schedule_.CheckSoon(found->second, runtime::Now() + after);
  Arm();
}

void LoopProber::Arm() {
  std::optional<TimePoint> next = schedule_.next();
  if (!deadlines_.empty())
    next = next ? std::min(*next, deadlines_.begin()->first) : deadlines_.begin()->first;
  if (!next) return;
  if (armed_for_ && *armed_for_ <= *next) return;
  armed_for_ = next;
  timer_.Set(*next, limits_.wake_granularity);
}

void LoopProber::OnTimer() {
  const TimePoint now = runtime::Now();
  is_late_ = armed_for_ && now - *armed_for_ > limits_.lateness_max;
  armed_for_.reset();
  ExpireDue(now);
  is_late_ = false;
  AskDue(now);
  Arm();
}

void LoopProber::ExpireDue(TimePoint now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const TargetKey key = deadlines_.begin()->second;
    targets_.find(key)->second->Expire();
  }
}

void LoopProber::AskDue(TimePoint now) {
  boost::container::static_vector<Target*, kAskedPerTurn> due;
  while (due.size() < due.capacity()) {
    const std::optional<TargetKey> key = schedule_.PopDue(now);
    if (!key) break;
    due.push_back(targets_.find(*key)->second.get());
  }
  for (std::size_t i = 0; i < due.size(); ++i) {
    FetchInSteps(i, due.size(), Target::kFetchSteps,
                 [&](std::size_t later, std::size_t step) { due[later]->FetchForAsk(step); });
    due[i]->Ask();
  }
}

void LoopProber::OnAsked(Target& target, TimePoint deadline) {
  deadlines_.emplace(deadline, target.key);
}

void LoopProber::OnAnswered(Target& target, spec::CheckOutcome outcome) {
  const TimePoint now = runtime::Now();
  target.is_asking = false;
  deadlines_.erase({target.asked_at + target.about.health.timeout, target.key});
  outcome.latency = now - target.asked_at;
  if (is_late_ && outcome.check_class == spec::CheckClass::kTimeout) {
    outcome.check_class = spec::CheckClass::kSelfStalled;
    outcome.detail = "no answer, but our own loop was late";
  }
  // Whoever publishes a port accepts for it: nobody there at all means that it is published
  // elsewhere.
  if (target.about.is_published && outcome.check_class == spec::CheckClass::kRefused) {
    outcome.check_class = spec::CheckClass::kNoRoute;
    outcome.detail = "this host has no listener for the published port";
  }
  if (target.asks_again) {
    target.asks_again = false;
    schedule_.CheckSoon(target.key, now);
    Arm();
  }
  Tell(target, std::move(outcome));
}

void LoopProber::OnWatched(Target& target, std::span<const std::byte> message) {
  if (std::optional<spec::CheckOutcome> news = NewsOfWatch(message, target.told))
    Tell(target, *std::move(news));
}

void LoopProber::Tell(Target& target, spec::CheckOutcome outcome) {
  if (!spec::IsInconclusive(outcome.check_class)) target.told = outcome.check_class;
  outcome.asked_ip = target.about.ip;
  if (!outcome.detail.empty()) {
    outcome.detail =
        target.about.ip + " port " + std::to_string(target.about.port) + ": " + outcome.detail;
  }
  sink_.OnProbe(target.about.generation, outcome);
}

void LoopProber::OnPeerClosed(Target& target) {
  const TimePoint now = runtime::Now();
  sink_.OnConnectionClosed(target.about.generation);
  target.reasked_at = std::max(now, target.reasked_at + kReaskGap);
  schedule_.CheckSoon(target.key, target.reasked_at);
  Arm();
}

}  // namespace fairlead::health
