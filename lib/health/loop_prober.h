// LoopProber: the shell of the prober: targets, one timer, deadlines, and what lateness means.
//
// Why one timer: 10,000 targets with a timer each cost more than their checks. Turns of the
// schedule and deadlines of checks in progress are two ordered sets; the timer waits for the
// earlier. A deadline is judged only after the socket was read (Question::Expire), and a loop that
// is itself late blames itself: what it then finds unanswered is kSelfStalled. An answer that is
// read before its deadline is judged counts, so that a busy loop never evicts a healthy replica.
// Suspicion: each target has one entry among the deadlines, for whatever is judged first: a limit
// of its suspicion or a timeout. What became of it early is looked at again for nothing, once.
// Quarantine: a target that cost more than its limits is not asked for a while, ever longer.
// Canary: a failure that would blame its target is told once the canary vouches for it, within a
// turn of the loop as a rule; what has ended or answered meanwhile is not blamed any more.
// Threads: one loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "health/canary.h"
#include "health/doubt.h"
#include "health/neighbours.h"
#include "health/prober.h"
#include "health/question.h"
#include "health/schedule.h"
#include "health/suspicion.h"
#include "health/tls_profiles.h"
#include "runtime/event_loop.h"

namespace fairlead::health {

class LoopProber {
 public:
  LoopProber(runtime::EventLoop& event_loop, const ProberLimits& limits, ProbeSink& sink,
             SocketInside socket_inside, const TlsSettings& tls);
  ~LoopProber();

  void Begin(const spec::CheckTarget& target);
  void End(const Generation& generation);
  void CheckSoon(const Generation& generation, Duration after);

 private:
  class Target;

  QuestionTools tools() {
    return {.loop = loop_, .limits = limits_, .socket_inside = socket_inside_, .tls = tls_};
  }
  void OnTimer();
  void Arm();
  void ExpireDue(TimePoint now);
  void AskDue(TimePoint now);
  void Judge(Target& target, TimePoint now);
  void Await(Target& target);
  void StopAwaiting(Target& target);
  void ForgetLostTransport(Target& target);
  void OnAnswered(Target& target, spec::CheckOutcome outcome);
  void OnAnsweredElsewhere(Target& target, Doubt::Ended ended);
  void OnAlive(Target& target);
  void OnTransportRefused(Target& target);
  void Blame(const Target& target, spec::CheckOutcome& outcome) const;
  void Take(Target& target, Suspicion::News news);
  void BeginDoubt(Target& target, TimePoint now);
  void Recheck(Target& target, TimePoint now);
  void TellSuspicion(const Target& target, std::string evidence);
  void SetLate(Target& target, bool is_late);
  void OnPeerClosed(Target& target);
  void OnWatched(Target& target, std::span<const std::byte> message);
  void OnOverLimit(Target& target, spec::CheckOutcome outcome);
  void Bill(Target& target, spec::CheckOutcome& outcome);
  void TellVouched(Target& target, spec::CheckOutcome outcome, TimePoint asked_at);
  void OnCanary(const Canary::Verdict& verdict);
  void Tell(Target& target, spec::CheckOutcome outcome);

  // Checks begun in one turn, so that answers are read in between.
  static constexpr std::size_t kAskedPerTurn = 256;
  // A peer that closes after every answer is asked again this often, not at once each time.
  static constexpr Duration kReaskGap = std::chrono::milliseconds(100);

  const ProberLimits limits_;
  ProbeSink& sink_;
  const SocketInside socket_inside_;
  h2::ClientLoop loop_;
  const TlsProfiles tls_;
  Schedule schedule_;
  Neighbours neighbours_;
  std::set<std::pair<TimePoint, TargetKey>> deadlines_;
  std::unordered_map<TargetKey, std::unique_ptr<Target>> targets_;
  // By what each target itself keeps: two texts less per target.
  struct ByGeneration {
    bool operator()(const Generation* left, const Generation* right) const {
      return *left < *right;
    }
  };
  std::map<const Generation*, TargetKey, ByGeneration> keys_;
  TargetKey last_key_ = 0;
  struct Waiting {
    TargetKey key = 0;
    TimePoint asked_at{};
    spec::CheckOutcome outcome;
  };
  Canary canary_;
  std::vector<Waiting> waiting_;  // for the canary
  bool is_canary_failing_ = false;
  runtime::LoopTimer timer_;
  std::optional<TimePoint> armed_for_;
  // Of the turn that runs: by too much for a timeout, or for a suspicion.
  bool is_late_ = false;
  bool is_hurried_ = false;
};

}  // namespace fairlead::health
