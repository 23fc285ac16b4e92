// SimProber: asks the processes of the simulated host, on the schedule of the real prober.
//
// Why: the phases, paces and extra checks are those that ship (health::Schedule); only the sockets
// are replaced by a look at the process that holds the address at that moment. It suspects as the
// real one does, by checks alone: a question that is open for 50 ms after twenty answers, or that
// used its timeout up, a second one elsewhere that is not answered either, and questions every
// 100 ms from then on. Its canary is a word of
// the world's: while that fails, no failure blames its target.
// Threads: none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "health/neighbours.h"
#include "health/schedule.h"
#include "sim/chance.h"
#include "sim/engine.h"
#include "sim/timeline.h"
#include "spec/check.h"

namespace fairlead::sim {

// What is wrong with our own way of asking.
struct PathFault {
  TimePoint canary_fails_until{};  // our own health server does not answer us
  bool is_everywhere = false;      // nor does anybody else
};

class SimProber {
 public:
  using CanarySink = std::function<void(bool passes)>;
  using Sink = std::function<void(const Generation&, spec::CheckOutcome)>;
  using SuspicionSink = std::function<void(const Generation&, spec::SuspectNews)>;

  // `check_lost`: in 10,000, how many answers do not arrive.
  SimProber(Timeline& timeline, const SimEngine& engine, Chance& chance,
            const std::uint64_t& check_lost, const PathFault& path, Sink sink,
            SuspicionSink suspicion_sink, CanarySink canary_sink);

  void Begin(const spec::CheckTarget& target);
  void End(const Generation& generation);
  void CheckSoon(const Generation& generation, Duration after);

  // We stand still until then: what is asked or waited for meanwhile says nothing.
  void StandStill(TimePoint until) { still_until_ = until; }
  std::uint64_t checks() const { return checks_; }

 private:
  struct Target {
    spec::CheckTarget target;
    bool is_asking = false;  // a question is open; the next waits for its end
    int answers = 0;
    spec::Suspect stage = spec::Suspect::kNone;
    std::uint64_t suspicion =
        0;  // a number for each, so that what belongs to an old one is dropped
    TimePoint suspect_since{};
    health::Neighbours::Network* network = nullptr;
    bool is_late = false;
  };

  void Arm();
  void Turn();
  void Ask(health::TargetKey key, Target& target, bool is_extra);
  void TimeOut(health::TargetKey key, spec::CheckOutcome outcome, TimePoint asked);
  spec::CheckClass AnswerNow(const Target& target);
  void SuspectLater(health::TargetKey key, TimePoint asked);
  void Doubt(health::TargetKey key, Target& target);
  void AskElsewhere(Target& target);
  void JudgeLater(health::TargetKey key, std::uint64_t suspicion, Duration wait);
  void RecheckLater(health::TargetKey key, std::uint64_t suspicion);
  void SetStage(Target& target, spec::Suspect stage);
  void SetLate(Target& target, bool is_late);
  // Does `what` with the target after `wait`, if it is still there.
  void Later(Duration wait, health::TargetKey key, std::function<void(Target&)> what);
  spec::CheckClass AnswerOf(const spec::CheckTarget& target) const;
  spec::LivenessWord LivenessOf(const spec::CheckTarget& target) const;
  bool CanaryFails() const { return timeline_.now() < path_.canary_fails_until; }
  void Vouch(spec::CheckOutcome& outcome);
  void AskCanaryIn(Duration wait);
  void AskCanary();

  Timeline& timeline_;
  const SimEngine& engine_;
  Chance& chance_;
  const std::uint64_t& check_lost_;
  const PathFault& path_;
  const Sink sink_;
  const SuspicionSink suspicion_sink_;
  const CanarySink canary_sink_;
  const health::ProberLimits limits_;
  health::Neighbours neighbours_{limits_};
  health::Schedule schedule_;
  health::TargetKey last_key_ = 0;
  std::map<Generation, health::TargetKey> keys_;
  std::unordered_map<health::TargetKey, Target> targets_;
  std::optional<TimePoint> armed_;
  TimePoint still_until_{};
  TimePoint canary_due_{};
  int canary_failures_ = 0;  // in a row
  std::uint64_t checks_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::sim
