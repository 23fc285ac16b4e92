#include "health/loop_prober.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <utility>

#include "base/prefetch.h"
#include "base/text.h"
#include "health/grpc_health.h"
#include "health/loop_target.h"
#include "runtime/clock.h"

namespace fairlead::health {

namespace {

// Somebody is there and says something, whatever it is.
bool IsAnswer(spec::CheckClass check_class) {
  return !spec::IsLivenessClass(check_class) && !spec::IsInconclusive(check_class);
}

bool IsOurTrouble(spec::CheckClass check_class) {
  return spec::IsInconclusive(check_class) && check_class != spec::CheckClass::kSharedStall;
}

}  // namespace

LoopProber::LoopProber(runtime::EventLoop& event_loop, const ProberLimits& limits, ProbeSink& sink,
                       SocketInside socket_inside, const TlsSettings& tls)
    : limits_(limits),
      sink_(sink),
      socket_inside_(std::move(socket_inside)),
      loop_(event_loop, limits.client),
      tls_(event_loop, tls, limits.tls_look_interval),
      schedule_(limits),
      neighbours_(limits_),
      canary_(tools(), limits.canary_port,
              [this](const Canary::Verdict& verdict) { OnCanary(verdict); }),
      timer_(event_loop, [this] { OnTimer(); }) {}

LoopProber::~LoopProber() = default;

void LoopProber::Begin(const spec::CheckTarget& target) {
  const spec::HealthProtocol protocol = target.health.protocol;
  if (protocol == spec::HealthProtocol::kDocker || protocol == spec::HealthProtocol::kNone) return;
  End(target.generation);
  canary_.Keep();
  const TargetKey key = ++last_key_;
  const auto made = targets_.emplace(key, std::make_unique<Target>(*this, key, target)).first;
  keys_.emplace(&made->second->about.generation, key);
  made->second->network = neighbours_.Join(key, target.network);
  const Duration interval = target.health.interval;
  const bool is_grpc = protocol == spec::HealthProtocol::kGrpc;
  const Duration ping = is_grpc ? target.health.ping : Duration::zero();
  schedule_.Begin(key,
                  {.interval = interval,
                   .phase = PhaseOf(target.generation.id.value, interval),
                   .turns = TurnsPerInterval(interval, ping, limits_.ping_gap_least)},
                  runtime::Now());
  Arm();
}

void LoopProber::End(const Generation& generation) {
  const auto found = keys_.find(&generation);
  if (found == keys_.end()) return;
  const auto target = targets_.find(found->second);
  StopAwaiting(*target->second);
  neighbours_.Leave(found->second, target->second->network, target->second->is_late,
                    runtime::Now());
  schedule_.End(found->second);
  keys_.erase(found);
  targets_.erase(target);
}

void LoopProber::CheckSoon(const Generation& generation, Duration after) {
  const auto found = keys_.find(&generation);
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
  is_hurried_ = armed_for_ && now - *armed_for_ > limits_.suspicion_lateness_max;
  armed_for_.reset();
  ExpireDue(now);
  is_late_ = is_hurried_ = false;
  AskDue(now);
  Arm();
}

void LoopProber::ExpireDue(TimePoint now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const TargetKey key = deadlines_.begin()->second;
    Target& target = *targets_.find(key)->second;
    StopAwaiting(target);
    Judge(target, now);
    Await(target);
  }
}

void LoopProber::Judge(Target& target, TimePoint now) {
  if (target.doubt != nullptr && target.suspicion.stage() == spec::Suspect::kNone)
    target.doubt.reset();
  if (const auto due = target.suspicion.due(); due && *due <= now) {
    target.ReadNow();
    if (target.doubt != nullptr) target.doubt->ReadNow();
    ForgetLostTransport(target);
    const bool is_shared = target.suspicion.stage() == spec::Suspect::kSuspect &&
                           neighbours_.IsStalled(target.network, now);
    const bool is_unvouched = target.suspicion.stage() == spec::Suspect::kSuspect &&
                              target.doubt != nullptr &&
                              !canary_.VouchesFor(target.doubt->began_at, now);
    if (is_unvouched) canary_.Ask();
    Take(target, target.suspicion.Judge(now, is_hurried_ || is_shared || is_unvouched));
  }
  if (target.doubt != nullptr) {
    target.doubt->Expire(now);
    if (target.doubt->recheck_at && *target.doubt->recheck_at <= now) Recheck(target, now);
  }
  if (target.is_check_due(now)) target.Expire();
}

void LoopProber::ForgetLostTransport(Target& target) {
  if (!target.IsTransportLost()) return;
  Take(target, target.suspicion.Dropped(QuestionKind::kTransport, runtime::Now()));
}

// What is judged has one entry, which may come too early and never too late.
void LoopProber::Await(Target& target) {
  const std::optional<TimePoint> next = target.NextDeadline();
  if (!next) return StopAwaiting(target);
  if (target.awaited && *target.awaited <= *next) return;
  StopAwaiting(target);
  target.awaited = next;
  deadlines_.emplace(*next, target.key);
}

void LoopProber::StopAwaiting(Target& target) {
  if (!target.awaited) return;
  deadlines_.erase({*target.awaited, target.key});
  target.awaited.reset();
}

void LoopProber::AskDue(TimePoint now) {
  struct Due {
    Target* target;
    Schedule::Turn turn;
  };
  boost::container::static_vector<Due, kAskedPerTurn> due;
  while (due.size() < due.capacity()) {
    const std::optional<Schedule::Turn> turn = schedule_.PopDue(now);
    if (!turn) break;
    due.push_back({.target = targets_.find(turn->key)->second.get(), .turn = *turn});
  }
  for (std::size_t i = 0; i < due.size(); ++i) {
    FetchInSteps(i, due.size(), Target::kFetchSteps, [&](std::size_t later, std::size_t step) {
      due[later].target->FetchForAsk(step);
    });
    Target& target = *due[i].target;
    if (due[i].turn.is_check) {
      target.Ask(due[i].turn.is_extra && target.suspicion.stage() != spec::Suspect::kNone);
    } else {
      target.AskTransport();
    }
  }
}

void LoopProber::OnAnswered(Target& target, spec::CheckOutcome outcome) {
  const TimePoint now = runtime::Now();
  target.is_asking = false;
  outcome.latency = now - target.asked_at;
  outcome.is_extra = target.asked_extra;
  const bool is_answer = IsAnswer(outcome.check_class);
  const bool is_timeout = outcome.check_class == spec::CheckClass::kTimeout;
  ForgetLostTransport(target);
  Take(target, is_answer ? target.suspicion.Answered(QuestionKind::kCheck, now)
                         : target.suspicion.Dropped(QuestionKind::kCheck, now));
  // The hour of the timeout is that of all who stall with it.
  if (is_timeout && !is_late_) SetLate(target, true);
  Blame(target, outcome);
  Bill(target, outcome);
  if (IsOurTrouble(outcome.check_class)) Take(target, target.suspicion.Doubted(now));
  if (is_answer && target.suspicion.stage() == spec::Suspect::kNone) SetLate(target, false);
  if (target.asks_again) {
    target.asks_again = false;
    schedule_.CheckSoon(target.key, now);
    Arm();
  }
  Await(target);
  TellVouched(target, std::move(outcome), target.asked_at);
  if (is_timeout && !is_hurried_)
    Take(target, target.suspicion.TimedOut(target.about.health.timeout, now));
}

// Failures that are not the target's are told as what they are.
void LoopProber::Blame(const Target& target, spec::CheckOutcome& outcome) const {
  const bool is_timeout = outcome.check_class == spec::CheckClass::kTimeout;
  if (is_late_ && is_timeout) {
    outcome.check_class = spec::CheckClass::kSelfStalled;
    outcome.detail = "no answer, but our own loop was late";
  } else if (is_timeout && neighbours_.IsStalled(target.network, runtime::Now())) {
    outcome.check_class = spec::CheckClass::kSharedStall;
    outcome.detail = "no answer, nor from half of its network at the moment";
  }
  // Whoever publishes a port accepts for it: nobody there at all means that it is published
  // elsewhere.
  if (target.about.is_published && outcome.check_class == spec::CheckClass::kRefused) {
    outcome.check_class = spec::CheckClass::kNoRoute;
    outcome.detail = "this host has no listener for the published port";
  }
}

// What costs more than its limits is left alone, so that its neighbours are not.
void LoopProber::Bill(Target& target, spec::CheckOutcome& outcome) {
  if (!outcome.is_over_limit) {
    if (outcome.check_class == spec::CheckClass::kServing) target.left_alone_for = {};
    return;
  }
  target.left_alone_for =
      std::clamp(2 * target.left_alone_for, limits_.quarantine_first, limits_.quarantine_most);
  schedule_.LeaveAlone(target.key, runtime::Now() + target.left_alone_for);
  outcome.detail += "; it is not asked again for " + FormatDuration(target.left_alone_for);
}

void LoopProber::OnOverLimit(Target& target, spec::CheckOutcome outcome) {
  ForgetLostTransport(target);
  Bill(target, outcome);
  Tell(target, std::move(outcome));
}

void LoopProber::OnAnsweredElsewhere(Target& target, Doubt::Ended ended) {
  const TimePoint now = runtime::Now();
  spec::CheckOutcome& outcome = ended.outcome;
  outcome.is_extra = true;
  const bool is_answer = IsAnswer(outcome.check_class);
  Blame(target, outcome);
  Bill(target, outcome);
  if (is_answer) {
    Take(target, target.suspicion.AnsweredElsewhere(outcome.latency, now));
  } else if (IsOurTrouble(outcome.check_class)) {
    Take(target, target.suspicion.Doubted(now));
  }
  const bool is_told_already = ended.is_hedge && outcome.check_class == spec::CheckClass::kTimeout;
  // Of a suspicion that is over nothing but an answer counts.
  if (is_told_already || (!is_answer && target.suspicion.stage() == spec::Suspect::kNone)) return;
  const TimePoint asked_at = now - outcome.latency;
  TellVouched(target, std::move(outcome), asked_at);
}

void LoopProber::OnAlive(Target& target) {
  Take(target, target.suspicion.Answered(QuestionKind::kTransport, runtime::Now()));
  Await(target);
}

void LoopProber::OnTransportRefused(Target& target) {
  Take(target, target.suspicion.Dropped(QuestionKind::kTransport, runtime::Now()));
  sink_.OnTransportRefused(target.about.generation);
}

void LoopProber::Take(Target& target, Suspicion::News news) {
  const TimePoint now = runtime::Now();
  switch (news) {
    case Suspicion::News::kNone:
      return;
    case Suspicion::News::kBegan:
      TellSuspicion(target, target.suspicion.Evidence());
      SetLate(target, true);
      return BeginDoubt(target, now);
    case Suspicion::News::kSilent:
      return TellSuspicion(
          target, target.suspicion.Evidence() + "; nothing came since, nor over a new connection");
    case Suspicion::News::kEnded:
      TellSuspicion(target, "nothing speaks against it any more");
      SetLate(target, false);
      // Cleared away in a turn of its own: this may be one of its events.
      if (target.doubt != nullptr) target.doubt->recheck_at = now;
      break;
    case Suspicion::News::kAskAgain:
      schedule_.CheckSoon(target.key, now);
      break;
  }
  Await(target);
  Arm();
}

// It is asked in two ways at once. If it is the first of its network that is late, some others are
// asked whether they are, too, before it is judged.
void LoopProber::BeginDoubt(Target& target, TimePoint now) {
  if (target.doubt == nullptr) {
    target.doubt = std::make_unique<Doubt>(
        tools(), target.about,
        [this, &target](Doubt::Ended ended) { OnAnsweredElsewhere(target, std::move(ended)); });
  }
  target.doubt->began_at = now;
  // A check in progress is one of the two; else this may be its end, and the next turn asks.
  target.doubt->recheck_at = target.is_asking ? now + limits_.recheck_gap : now;
  canary_.Ask();
  if (target.network != nullptr && target.network->late == 1) {
    for (const TargetKey other : neighbours_.Others(target.key, target.network))
      targets_.find(other)->second->AskTransportSoon();
    target.suspicion.WaitForOthers(limits_.neighbours_head_start);
  }
  target.AskTransport();
  // After a timeout it is no second half of the check that failed, but counts by itself.
  const bool has_timed_out =
      !target.is_asking && target.suspicion.crossed() == QuestionKind::kCheck;
  target.doubt->Ask(now, /*is_hedge=*/!has_timed_out);
  Await(target);
  Arm();
}

void LoopProber::Recheck(Target& target, TimePoint now) {
  const bool is_last = now - target.doubt->began_at >= limits_.recheck_longest;
  target.doubt->recheck_at = is_last ? std::nullopt : std::optional(now + limits_.recheck_gap);
  if (!target.is_asking) {
    target.Ask(/*is_extra=*/true);
  } else {
    target.AskTransport();
    target.doubt->Ask(now, /*is_hedge=*/false);
  }
}

void LoopProber::TellSuspicion(const Target& target, std::string evidence) {
  sink_.OnSuspicion(target.about.generation, {.stage = target.suspicion.stage(),
                                              .evidence = std::move(evidence),
                                              .asked_ip = target.about.ip});
}

void LoopProber::SetLate(Target& target, bool is_late) {
  if (std::exchange(target.is_late, is_late) == is_late) return;
  if (is_late) {
    neighbours_.BecameLate(target.network, runtime::Now());
  } else {
    neighbours_.BecamePunctual(target.network, runtime::Now());
  }
}

void LoopProber::OnWatched(Target& target, std::span<const std::byte> message) {
  if (std::optional<spec::CheckOutcome> news = NewsOfWatch(message, target.told))
    Tell(target, *std::move(news));
}

void LoopProber::TellVouched(Target& target, spec::CheckOutcome outcome, TimePoint asked_at) {
  const bool is_blame = spec::IsLivenessClass(outcome.check_class);
  if (!is_blame || canary_.VouchesFor(asked_at, runtime::Now()))
    return Tell(target, std::move(outcome));
  waiting_.push_back({.key = target.key, .asked_at = asked_at, .outcome = std::move(outcome)});
  canary_.Ask();
}

void LoopProber::OnCanary(const Canary::Verdict& verdict) {
  if (std::exchange(is_canary_failing_, canary_.is_failing()) != canary_.is_failing())
    sink_.OnCanary(verdict.has_passed, verdict.detail);
  for (Waiting& one : std::exchange(waiting_, {})) {
    const auto found = targets_.find(one.key);
    const bool is_over = found == targets_.end() || found->second->served_at > one.asked_at;
    if (is_over) continue;
    if (!verdict.has_passed) {
      one.outcome.check_class = spec::CheckClass::kCanaryFailed;
      one.outcome.detail = "no answer, nor from our own health server (" + verdict.detail + ")";
    }
    Tell(*found->second, std::move(one.outcome));
  }
}

void LoopProber::Tell(Target& target, spec::CheckOutcome outcome) {
  if (outcome.check_class == spec::CheckClass::kServing) target.served_at = runtime::Now();
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
  ForgetLostTransport(target);
  sink_.OnConnectionClosed(target.about.generation);
  target.reasked_at = std::max(now, target.reasked_at + kReaskGap);
  schedule_.CheckSoon(target.key, target.reasked_at);
  Arm();
}

}  // namespace fairlead::health
