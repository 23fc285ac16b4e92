#include "sim/prober.h"

#include <utility>

#include "health/envelope.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;
using spec::CheckClass;

constexpr Duration kWellAnswered = 1ms;
// Of a process that always answers in a millisecond (health/envelope.h).
constexpr Duration kLimit = health::Envelope::kLimitLeast;

}  // namespace

SimProber::SimProber(Timeline& timeline, const SimEngine& engine, Chance& chance,
                     const std::uint64_t& check_lost, const PathFault& path, Sink sink,
                     SuspicionSink suspicion_sink, CanarySink canary_sink)
    : timeline_(timeline),
      engine_(engine),
      chance_(chance),
      check_lost_(check_lost),
      path_(path),
      sink_(std::move(sink)),
      suspicion_sink_(std::move(suspicion_sink)),
      canary_sink_(std::move(canary_sink)),
      schedule_(health::ProberLimits{}) {
  AskCanaryIn(limits_.canary_interval);
}

void SimProber::Begin(const spec::CheckTarget& target) {
  const auto known = keys_.find(target.generation);
  if (known != keys_.end()) {
    // As the real one: it begins anew with what is told now.
    Target& old = targets_.at(known->second);
    SetLate(old, false);
    neighbours_.Leave(known->second, old.network, false, timeline_.now());
    old.network = neighbours_.Join(known->second, target.network);
    old.target = target;
    old.stage = spec::Suspect::kNone;
    old.answers = 0;
    ++old.suspicion;
    return;
  }
  const health::TargetKey key = ++last_key_;
  keys_[target.generation] = key;
  targets_[key] = {.target = target, .network = neighbours_.Join(key, target.network)};
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
  const Target& target = targets_.at(known.mapped());
  neighbours_.Leave(known.mapped(), target.network, target.is_late, timeline_.now());
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
  while (const auto turn = schedule_.PopDue(timeline_.now())) {
    const auto target = targets_.find(turn->key);
    if (target == targets_.end() || target->second.is_asking) continue;
    const bool is_suspect = target->second.stage != spec::Suspect::kNone;
    Ask(turn->key, target->second, turn->is_extra && is_suspect);
  }
  Arm();
}

void SimProber::Later(Duration wait, health::TargetKey key, std::function<void(Target&)> what) {
  timeline_.After(wait, [this, key, what = std::move(what), alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    if (const auto found = targets_.find(key); found != targets_.end()) what(found->second);
  });
}

CheckClass SimProber::AnswerNow(const Target& target) {
  ++checks_;
  return chance_.Permyriad(check_lost_) ? CheckClass::kTimeout : AnswerOf(target.target);
}

void SimProber::Ask(health::TargetKey key, Target& target, bool is_extra) {
  const CheckClass answer = AnswerNow(target);
  const Generation generation = target.target.generation;
  spec::CheckOutcome outcome{.check_class = answer,
                             .latency = kWellAnswered,
                             .detail = "",
                             .asked_ip = target.target.ip,
                             .is_extra = is_extra};
  if (answer != CheckClass::kTimeout) {
    ++target.answers;
    const bool is_answer = !spec::IsLivenessClass(answer);
    if (is_answer) {
      SetStage(target, spec::Suspect::kNone);
      outcome.liveness = LivenessOf(target.target);
    } else {
      Vouch(outcome);
    }
    // The sink may end this very target.
    sink_(generation, std::move(outcome));
    return;
  }
  outcome.latency = target.target.health.timeout;
  const TimePoint asked = timeline_.now();
  if (!is_extra) {
    target.is_asking = true;
    SuspectLater(key, asked);
  }
  Later(outcome.latency, key, [this, key, outcome, asked](Target& still) {
    if (!outcome.is_extra) still.is_asking = false;
    // Of a suspicion that is over nothing but an answer counts.
    if (outcome.is_extra && still.stage == spec::Suspect::kNone) return;
    TimeOut(key, outcome, asked);
  });
}

void SimProber::TimeOut(health::TargetKey key, spec::CheckOutcome outcome, TimePoint asked) {
  Target& target = targets_.at(key);
  const Generation generation = target.target.generation;
  if (asked < still_until_) {
    // Our own loop was not there to take an answer.
    outcome.check_class = CheckClass::kSelfStalled;
  } else {
    SetLate(target, true);
    if (neighbours_.IsStalled(target.network, timeline_.now()))
      outcome.check_class = CheckClass::kSharedStall;
    Vouch(outcome);
  }
  sink_(generation, outcome);
  if (asked < still_until_ || outcome.is_extra) return;
  // Out of the ordinary however slow the target is as a rule.
  if (const auto found = targets_.find(key); found != targets_.end()) Doubt(key, found->second);
}

void SimProber::SuspectLater(health::TargetKey key, TimePoint asked) {
  if (targets_.at(key).answers < health::Envelope::kUsableFrom) return;
  if (targets_.at(key).target.health.timeout <= kLimit) return;
  Later(kLimit, key, [this, key, asked](Target& target) {
    const bool is_ours = asked < still_until_ || timeline_.now() < still_until_;
    if (is_ours || !target.is_asking) return;
    SetLate(target, true);
    Doubt(key, target);
  });
}

// Nothing if it is suspect already. The sink may end this very target.
void SimProber::Doubt(health::TargetKey key, Target& target) {
  if (target.stage != spec::Suspect::kNone) return;
  target.suspect_since = timeline_.now();
  ++target.suspicion;
  JudgeLater(key, target.suspicion, kLimit + limits_.neighbours_head_start);
  RecheckLater(key, target.suspicion);
  SetStage(target, spec::Suspect::kSuspect);
}

void SimProber::JudgeLater(health::TargetKey key, std::uint64_t suspicion, Duration wait) {
  Later(wait, key, [this, key, suspicion, wait](Target& target) {
    if (target.suspicion != suspicion || target.stage != spec::Suspect::kSuspect) return;
    if (target.suspect_since < still_until_) return SetStage(target, spec::Suspect::kNone);
    // Nobody is silent by a question that our own server does not answer either.
    if (CanaryFails()) return JudgeLater(key, suspicion, limits_.canary_recheck_gap);
    if (neighbours_.IsStalled(target.network, timeline_.now()))
      return JudgeLater(key, suspicion, wait);
    AskElsewhere(target);
  });
}

// The question on a new connection: its silence judges, and what it says is told as any answer.
void SimProber::AskElsewhere(Target& target) {
  spec::CheckOutcome outcome{.check_class = AnswerNow(target),
                             .latency = kWellAnswered,
                             .detail = "",
                             .asked_ip = target.target.ip,
                             .is_extra = true};
  const Generation generation = target.target.generation;
  const bool is_silence = outcome.check_class == CheckClass::kTimeout;
  const bool is_answer = !spec::IsLivenessClass(outcome.check_class);
  // Either sink may end this very target.
  SetStage(target, is_answer ? spec::Suspect::kNone : spec::Suspect::kSilent);
  if (is_silence) return;
  Vouch(outcome);
  sink_(generation, std::move(outcome));
}

void SimProber::RecheckLater(health::TargetKey key, std::uint64_t suspicion) {
  const Duration wait = std::max<Duration>(limits_.recheck_gap, still_until_ - timeline_.now());
  Later(wait, key, [this, key, suspicion](Target& target) {
    if (target.suspicion != suspicion || target.stage == spec::Suspect::kNone) return;
    // A loop that stands still asks nobody.
    if (timeline_.now() < still_until_) return RecheckLater(key, suspicion);
    if (timeline_.now() - target.suspect_since >= limits_.recheck_longest) return;
    RecheckLater(key, suspicion);
    Ask(key, target, /*is_extra=*/true);
  });
}

void SimProber::SetStage(Target& target, spec::Suspect stage) {
  if (stage == spec::Suspect::kNone) SetLate(target, false);
  if (std::exchange(target.stage, stage) == stage) return;
  suspicion_sink_(
      target.target.generation,
      {.stage = stage, .evidence = "no answer within 50ms", .asked_ip = target.target.ip});
}

void SimProber::SetLate(Target& target, bool is_late) {
  if (std::exchange(target.is_late, is_late) == is_late) return;
  if (is_late) {
    neighbours_.BecameLate(target.network, timeline_.now());
  } else {
    neighbours_.BecamePunctual(target.network, timeline_.now());
  }
}

spec::LivenessWord SimProber::LivenessOf(const spec::CheckTarget& target) const {
  if (target.liveness_service.empty()) return spec::LivenessWord::kNone;
  const SimContainer* process = engine_.At(target.ip, target.port);
  if (!process) return spec::LivenessWord::kNone;
  return process->denies ? spec::LivenessWord::kNotServing : spec::LivenessWord::kServing;
}

// A failure blames its target only if a check can succeed at all.
void SimProber::Vouch(spec::CheckOutcome& outcome) {
  if (!spec::IsLivenessClass(outcome.check_class) || !CanaryFails()) return;
  outcome.check_class = CheckClass::kCanaryFailed;
  AskCanaryIn(limits_.canary_timeout);
}

// Sooner than planned, if that is sooner.
void SimProber::AskCanaryIn(Duration wait) {
  const TimePoint due = timeline_.now() + wait;
  if (canary_due_ > timeline_.now() && canary_due_ <= due) return;
  canary_due_ = due;
  timeline_.At(due, [this, due, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired() && canary_due_ == due) AskCanary();
  });
}

void SimProber::AskCanary() {
  if (timeline_.now() < still_until_) return AskCanaryIn(still_until_ - timeline_.now());
  const bool was_failing = canary_failures_ >= limits_.canary_failures_told;
  canary_failures_ = CanaryFails() ? canary_failures_ + 1 : 0;
  const bool is_failing = canary_failures_ >= limits_.canary_failures_told;
  AskCanaryIn(canary_failures_ > 0 ? limits_.canary_recheck_gap : limits_.canary_interval);
  if (was_failing != is_failing) canary_sink_(!is_failing);
}

CheckClass SimProber::AnswerOf(const spec::CheckTarget& target) const {
  if (path_.is_everywhere && CanaryFails()) return CheckClass::kTimeout;
  const SimContainer* process = engine_.At(target.ip, target.port);
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
