#include "sim/prober.h"

#include <utility>

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;
using spec::CheckClass;

constexpr Duration kWellAnswered = 1ms;

}  // namespace

SimProber::SimProber(Timeline& timeline, const SimEngine& engine, Chance& chance,
                     const std::uint64_t& check_lost, Sink sink)
    : timeline_(timeline),
      engine_(engine),
      chance_(chance),
      check_lost_(check_lost),
      sink_(std::move(sink)),
      schedule_(health::ProberLimits{}) {}

void SimProber::Begin(const spec::CheckTarget& target) {
  const auto known = keys_.find(target.generation);
  if (known != keys_.end()) {
    targets_.at(known->second).target = target;
    return;
  }
  const health::TargetKey key = ++last_key_;
  keys_[target.generation] = key;
  targets_[key] = {.target = target};
  const Duration interval = target.health.interval;
  schedule_.Begin(
      key, {.interval = interval, .phase = health::PhaseOf(target.generation.id.value, interval)},
      timeline_.now());
  Arm();
}

void SimProber::End(const Generation& generation) {
  const auto known = keys_.extract(generation);
  if (!known) return;
  schedule_.End(known.mapped());
  targets_.erase(known.mapped());
}

void SimProber::CheckSoon(const Generation& generation, Duration after) {
  const auto known = keys_.find(generation);
  if (known == keys_.end()) return;
  schedule_.CheckSoon(known->second, timeline_.now() + after);
  Arm();
}

void SimProber::Arm() {
  const std::optional<TimePoint> next = schedule_.next();
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  timeline_.At(*next, [this, when = *next, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || armed_ != when) return;
    armed_.reset();
    Turn();
  });
}

void SimProber::Turn() {
  if (timeline_.now() < still_until_) {
    armed_ = still_until_;
    timeline_.At(still_until_, [this, when = still_until_, alive = std::weak_ptr<bool>(alive_)] {
      if (alive.expired() || armed_ != when) return;
      armed_.reset();
      Turn();
    });
    return;
  }
  while (const std::optional<health::TargetKey> key = schedule_.PopDue(timeline_.now())) {
    const auto target = targets_.find(*key);
    if (target != targets_.end() && !target->second.is_asking) Ask(*key, target->second);
  }
  Arm();
}

void SimProber::Ask(health::TargetKey key, Target& target) {
  ++checks_;
  const CheckClass answer =
      chance_.Permyriad(check_lost_) ? CheckClass::kTimeout : AnswerOf(target.target);
  const Generation generation = target.target.generation;
  spec::CheckOutcome outcome{
      .check_class = answer, .latency = kWellAnswered, .detail = "", .asked_ip = target.target.ip};
  if (answer != CheckClass::kTimeout) {
    // The sink may end this very target.
    sink_(generation, std::move(outcome));
    return;
  }
  target.is_asking = true;
  const Duration timeout = target.target.health.timeout;
  outcome.latency = timeout;
  timeline_.After(timeout, [this, key, generation, outcome, asked = timeline_.now(),
                            alive = std::weak_ptr<bool>(alive_)]() mutable {
    if (alive.expired()) return;
    const auto still = targets_.find(key);
    if (still == targets_.end()) return;
    still->second.is_asking = false;
    // Our own loop was not there to take an answer.
    if (asked < still_until_) outcome.check_class = CheckClass::kSelfStalled;
    sink_(generation, outcome);
  });
}

CheckClass SimProber::AnswerOf(const spec::CheckTarget& target) const {
  const SimContainer* process = engine_.At(target.ip);
  // Nobody has the address: on a bridge that is no route, and takes the whole time.
  if (!process || !process->has_process) return CheckClass::kTimeout;
  if (process->facts.status == EngineStatus::kPaused) return CheckClass::kTimeout;
  if (timeline_.now() < process->serves_from) return CheckClass::kRefused;
  if (process->flap > Duration::zero()) {
    const auto turn = timeline_.now().time_since_epoch() / process->flap;
    return turn % 2 == 0 ? CheckClass::kServing : CheckClass::kTimeout;
  }
  switch (process->answer) {
    case Answer::kServes:
      return CheckClass::kServing;
    case Answer::kHangs:
      return CheckClass::kTimeout;
    case Answer::kRefuses:
      return CheckClass::kRefused;
    case Answer::kSaysNotServing:
      return CheckClass::kNotServing;
    case Answer::kSaysUnimplemented:
      return CheckClass::kUnimplemented;
  }
  return CheckClass::kServing;
}

}  // namespace fairlead::sim
