// HealthTracker: turns the single checks of one generation into readiness and liveness.
//
// Why: one lost check must not take a replica out, and one lucky check must not bring it back. The
// first pass of a fresh generation is believed at once, because somebody waits for it; after an act
// of ours `rise` passes are wanted, because we have to be sure that we helped.
// Threads: none; owned by the core. Dies with its generation.
// Invariants: at most one of passes in a row and failures in a row is above zero; an inconclusive
// check changes nothing; only liveness-class failures and NOT_SERVING of the liveness name, outside
// the start period, count for a repair, and of those no more than the checks' rhythm asks for.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "base/time.h"
#include "spec/check.h"

namespace fairlead::fleet {

enum class Readiness { kUnknown, kReady, kNotReady };

class HealthTracker {
 public:
  struct Policy {
    int rise = 2;
    int fall = 3;
    int liveness_fall = 5;
    bool wants_rise_first =
        false;               // after an act of ours, or after a stop signal that was survived
    bool was_ready = false;  // earlier in this life: what a verdict begins anew after does not undo
    TimePoint start_period_ends{};
  };

  HealthTracker() = default;
  explicit HealthTracker(const Policy& policy) : policy_(policy) {}

  // Counts one check. REQUIRES: `now` never goes back.
  void Observe(const spec::CheckOutcome& outcome, TimePoint now);

  // The engine's own verdict in place of checks (health.protocol docker), and "ready while running"
  // (none). `verdict` kUnknown while the engine still starts.
  void ObserveEngineVerdict(Readiness verdict);

  // The kept connection was closed: a re-check that is refused then takes the replica out at once.
  void ConnectionClosed() { is_connection_closed_ = true; }

  // The prober finds its answers late, or not any more (spec::Suspect).
  void ObserveSuspicion(const spec::SuspectNews& news) {
    suspicion_ = news;
    passes_suspected_ = 0;
  }
  void ForgetSuspicion() { suspicion_ = {}; }
  void RefuseTransport() { refuses_transport_ = true; }

  // What failed so far was asked elsewhere: the replica's address is another one now. The verdict
  // stays.
  void ForgetFailures() { failures_ = timeouts_ = liveness_failures_ = denials_ = 0; }

  Readiness readiness() const { return readiness_; }
  // The class that made it not ready; meaningless unless kNotReady by checks.
  spec::CheckClass failure() const { return failure_; }
  bool is_engine_unhealthy() const { return is_engine_unhealthy_; }
  // Not ready by countable failures: silence, not an answer.
  bool is_silent() const {
    return readiness_ == Readiness::kNotReady && !is_engine_unhealthy_ &&
           spec::IsLivenessClass(failure_);
  }
  // Out on positive evidence: the connection was closed and the re-check refused.
  bool is_refused_after_close() const { return is_silent() && is_refused_after_close_; }
  // Ready, and nothing counted against it: one more pass would change nothing.
  bool is_steady() const {
    return readiness_ == Readiness::kReady && failures_ == 0 && has_result_ &&
           suspicion_.stage == spec::Suspect::kNone;
  }
  // Whether what the liveness name says would change anything.
  bool IsNews(spec::LivenessWord word) const;
  // Whether something speaks against what is ready. Of what is not ready more is known.
  spec::Suspect suspect() const {
    return readiness_ == Readiness::kReady ? suspicion_.stage : spec::Suspect::kNone;
  }
  const std::string& suspicion_evidence() const { return suspicion_.evidence; }
  // It ended a connection because its transport was asked.
  bool refuses_transport() const { return refuses_transport_; }
  // At any time in this life and where it is asked: the verdict may have begun anew since.
  bool was_ready() const { return was_ready_ || policy_.was_ready; }
  bool has_result() const { return has_result_; }

  // No pass yet and the start period is not over.
  bool is_starting(TimePoint now) const { return !has_passed_ && now < policy_.start_period_ends; }
  TimePoint start_period_ends() const { return policy_.start_period_ends; }
  int failures() const { return failures_; }  // countable ones in a row
  // Of these, since the last of another kind: nobody says no, nobody says anything.
  int timeouts() const { return timeouts_; }
  // When the first of these was asked; meaningless unless timeouts() > 0.
  TimePoint unanswered_since() const { return unanswered_since_; }
  // What asks for a repair when it is `liveness.fall`: the more frequent of silence and denials.
  int liveness_failures() const { return std::max(liveness_failures_, denials_); }
  // NOT_SERVING of the liveness name, in a row: the server says itself that it needs a restart.
  int denials() const { return denials_; }
  bool is_liveness_name_unknown() const { return is_liveness_name_unknown_; }
  bool wants_repair() const {
    return liveness_failures() >= policy_.liveness_fall || is_engine_unhealthy_;
  }
  // Passes are being counted towards `rise`: the next check should come soon.
  bool is_rising() const { return readiness_ != Readiness::kReady && passes_ > 0; }

  const std::optional<spec::CheckOutcome>& last() const { return last_; }
  std::optional<TimePoint> last_at() const { return last_at_; }
  // "5 x timeout", what wants_repair() rests on.
  std::string Evidence() const;

 private:
  void Pass();
  void Fail(const spec::CheckOutcome& outcome, TimePoint now);
  void HearLiveness(const spec::CheckOutcome& outcome, TimePoint now);
  void BecomeNotReady(spec::CheckClass check_class);
  bool TakesOnePass() const;

  Policy policy_;
  Readiness readiness_ = Readiness::kUnknown;
  spec::CheckClass failure_ = spec::CheckClass::kServing;
  int passes_ = 0;
  int failures_ = 0;
  int timeouts_ = 0;
  TimePoint unanswered_since_{};
  int liveness_failures_ = 0;
  int denials_ = 0;
  int passes_suspected_ = 0;  // in spite of the suspicion
  bool has_result_ = false;
  bool has_passed_ = false;
  bool was_ready_ = false;
  bool is_engine_unhealthy_ = false;
  bool is_connection_closed_ = false;
  bool is_refused_after_close_ = false;
  bool refuses_transport_ = false;
  bool is_liveness_name_unknown_ = false;
  spec::SuspectNews suspicion_;
  std::optional<spec::CheckOutcome> last_;
  std::optional<TimePoint> last_at_;
};

}  // namespace fairlead::fleet
