#include "health/loop_prober.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <utility>

#include "base/prefetch.h"
#include "health/grpc_health.h"
#include "health/tls_hello.h"
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

// One generation under check.
class LoopProber::Target final : public QuestionEvents {
 public:
  Target(LoopProber& owner, TargetKey own_key, const spec::CheckTarget& target)
      : key(own_key),
        about(target),
        owner_(owner),
        question_(MakeQuestion(owner.tools(), target, *this)) {}

  void Ask(bool is_extra) {
    if (is_asking) {
      asks_again = true;
      owes_regular |= !is_extra;
      return;
    }
    is_asking = true;
    asks_again = false;
    asked_extra = is_extra && !std::exchange(owes_regular, false);
    asked_at = runtime::Now();
    suspicion.Asked(QuestionKind::kCheck, asked_at);
    const bool with_transport = IsTransportDue(asked_at);
    if (with_transport) NoteTransportAsked(asked_at);
    owner_.Await(*this);
    question_->Ask(with_transport);
  }
  void AskTransport() {
    if (IsTransportDue(runtime::Now())) AskTransportNow();
  }
  // Out of turn: a neighbour is late. Who answered within the shortest limit is not late with it.
  void AskTransportSoon() {
    const bool is_fresh = runtime::Now() - transport_asked_at_ < Envelope::kLimitLeast;
    if (!is_fresh && IsTransportAsked() && question_->CanAskTransport()) AskTransportNow();
  }
  bool is_check_due(TimePoint now) const {
    return is_asking && asked_at + about.health.timeout <= now;
  }
  void Expire() {
    if (hello_ != nullptr && hello_->is_asking()) return hello_->Expire();
    question_->Expire();
  }
  void ReadNow() { question_->ReadNow(); }
  bool IsTransportLost() const {
    return suspicion.IsOpen(QuestionKind::kTransport) && !question_->IsTransportOpen();
  }
  // When something about it has to be judged; nothing while all is answered.
  std::optional<TimePoint> NextDeadline() const {
    std::optional<TimePoint> next = suspicion.due();
    const auto consider = [&](TimePoint when) { next = next ? std::min(*next, when) : when; };
    if (is_asking) consider(asked_at + about.health.timeout);
    if (doubt == nullptr) return next;
    if (const auto due = doubt->due()) consider(*due);
    return next;
  }

  void OnOutcome(const spec::CheckOutcome& outcome) override {
    if (outcome.check_class == spec::CheckClass::kServing) {
      has_served_ = true;
    } else if (!has_served_ && TlsHello::IsWorthwhile(about, outcome)) {
      return SayHello(outcome);
    }
    owner_.OnAnswered(*this, outcome);
  }
  void OnPeerClosed() override { owner_.OnPeerClosed(*this); }
  void OnWatched(std::span<const std::byte> message) override { owner_.OnWatched(*this, message); }
  void OnAlive() override { owner_.OnAlive(*this); }
  void OnTransportRefused() override { owner_.OnTransportRefused(*this); }
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
  bool owes_regular = false;             // and that one is of the rhythm
  bool asked_extra = false;              // the check in progress is not of the rhythm
  bool is_late = false;                  // as told to the neighbours
  std::optional<spec::CheckClass> told;  // last, of what says anything
  std::optional<TimePoint> awaited;      // its entry among the deadlines
  Suspicion suspicion;
  Neighbours::Network* network = nullptr;
  std::unique_ptr<Doubt> doubt;  // while it is suspect

 private:
  // Too early questions are left out; a quarter of slack takes in what the schedule shifts.
  bool IsTransportDue(TimePoint now) const {
    const Duration gap = std::max(about.health.ping, owner_.limits_.ping_gap_least);
    return IsTransportAsked() && now - transport_asked_at_ >= gap * 3 / 4 &&
           question_->CanAskTransport();
  }
  bool IsTransportAsked() const { return about.health.ping > Duration::zero(); }
  void AskTransportNow() {
    NoteTransportAsked(runtime::Now());
    owner_.Await(*this);
    question_->AskTransport();
  }
  void NoteTransportAsked(TimePoint now) {
    transport_asked_at_ = now;
    suspicion.Asked(QuestionKind::kTransport, now);
  }

  static constexpr std::size_t kQuestionBytes = 320;

  void SayHello(const spec::CheckOutcome& failure) {
    if (hello_ == nullptr) {
      hello_ = std::make_unique<TlsHello>(
          owner_.tools(), about,
          [this](const spec::CheckOutcome& outcome) { owner_.OnAnswered(*this, outcome); });
    }
    hello_->Ask(failure);
  }

  LoopProber& owner_;
  TimePoint transport_asked_at_{};
  const std::unique_ptr<Question> question_;
  std::unique_ptr<TlsHello> hello_;  // made when first needed
  bool has_served_ = false;
};

LoopProber::LoopProber(runtime::EventLoop& event_loop, const ProberLimits& limits, ProbeSink& sink,
                       SocketInside socket_inside, const TlsSettings& tls)
    : limits_(limits),
      sink_(sink),
      socket_inside_(std::move(socket_inside)),
      loop_(event_loop, limits.client),
      tls_(event_loop, tls, limits.tls_look_interval),
      schedule_(limits),
      neighbours_(limits_),
      timer_(event_loop, [this] { OnTimer(); }) {}

LoopProber::~LoopProber() = default;

void LoopProber::Begin(const spec::CheckTarget& target) {
  const spec::HealthProtocol protocol = target.health.protocol;
  if (protocol == spec::HealthProtocol::kDocker || protocol == spec::HealthProtocol::kNone) return;
  End(target.generation);
  const TargetKey key = ++last_key_;
  keys_.emplace(target.generation, key);
  const auto made = targets_.emplace(key, std::make_unique<Target>(*this, key, target)).first;
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
  const auto found = keys_.find(generation);
  if (found == keys_.end()) return;
  const auto target = targets_.find(found->second);
  StopAwaiting(*target->second);
  neighbours_.Leave(found->second, target->second->network, target->second->is_late,
                    runtime::Now());
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
    Take(target, target.suspicion.Judge(now, is_hurried_ || is_shared));
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
  if (IsOurTrouble(outcome.check_class)) Take(target, target.suspicion.Doubted(now));
  if (is_answer && target.suspicion.stage() == spec::Suspect::kNone) SetLate(target, false);
  if (target.asks_again) {
    target.asks_again = false;
    schedule_.CheckSoon(target.key, now);
    Arm();
  }
  Await(target);
  Tell(target, std::move(outcome));
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

void LoopProber::OnAnsweredElsewhere(Target& target, Doubt::Ended ended) {
  const TimePoint now = runtime::Now();
  spec::CheckOutcome& outcome = ended.outcome;
  outcome.is_extra = true;
  const bool is_answer = IsAnswer(outcome.check_class);
  Blame(target, outcome);
  if (is_answer) {
    Take(target, target.suspicion.AnsweredElsewhere(outcome.latency, now));
  } else if (IsOurTrouble(outcome.check_class)) {
    Take(target, target.suspicion.Doubted(now));
  }
  const bool is_told_already = ended.is_hedge && outcome.check_class == spec::CheckClass::kTimeout;
  // Of a suspicion that is over nothing but an answer counts.
  if (is_told_already || (!is_answer && target.suspicion.stage() == spec::Suspect::kNone)) return;
  Tell(target, std::move(outcome));
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
  target.doubt->recheck_at = now + limits_.recheck_gap;
  if (target.network != nullptr && target.network->late == 1) {
    for (const TargetKey other : neighbours_.Others(target.key, target.network))
      targets_.find(other)->second->AskTransportSoon();
    target.suspicion.WaitForOthers(limits_.neighbours_head_start);
  }
  target.AskTransport();
  target.doubt->Ask(now, /*is_hedge=*/true);
  if (!target.is_asking) target.Ask(/*is_extra=*/true);
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
  ForgetLostTransport(target);
  sink_.OnConnectionClosed(target.about.generation);
  target.reasked_at = std::max(now, target.reasked_at + kReaskGap);
  schedule_.CheckSoon(target.key, target.reasked_at);
  Arm();
}

}  // namespace fairlead::health
