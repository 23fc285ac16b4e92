#include "fleet/health_tracker.h"

#include <fmt/format.h>

namespace fairlead::fleet {

using spec::CheckClass;

void HealthTracker::Observe(const spec::CheckOutcome& outcome, TimePoint now) {
  last_ = outcome;
  last_at_ = now;
  if (spec::IsInconclusive(outcome.check_class)) return HearLiveness(outcome, now);
  if (outcome.check_class == CheckClass::kServing) {
    Pass();
  } else {
    Fail(outcome, now);
  }
  has_result_ = true;
  is_connection_closed_ = false;
  HearLiveness(outcome, now);
}

bool HealthTracker::IsNews(spec::LivenessWord word) const {
  switch (word) {
    case spec::LivenessWord::kNone:
      return false;
    case spec::LivenessWord::kServing:
      return denials_ > 0 || is_liveness_name_unknown_;
    case spec::LivenessWord::kNotServing:
      return true;
    case spec::LivenessWord::kNameUnknown:
      return !is_liveness_name_unknown_;
  }
  return false;
}

// An answer counts by what it says, whatever became of the check that it came with.
void HealthTracker::HearLiveness(const spec::CheckOutcome& outcome, TimePoint now) {
  if (outcome.liveness == spec::LivenessWord::kNone) return;
  is_liveness_name_unknown_ = outcome.liveness == spec::LivenessWord::kNameUnknown;
  if (outcome.liveness != spec::LivenessWord::kNotServing) {
    denials_ = 0;
  } else if (!is_starting(now) && !outcome.is_extra) {
    ++denials_;
  }
}

void HealthTracker::ObserveEngineVerdict(Readiness verdict) {
  readiness_ = verdict;
  is_engine_unhealthy_ = verdict == Readiness::kNotReady;
  has_result_ = true;
  has_passed_ = has_passed_ || verdict == Readiness::kReady;
  was_ready_ = was_ready_ || verdict == Readiness::kReady;
  liveness_failures_ = is_engine_unhealthy_ ? 1 : 0;
}

// One pass is enough for the first result of a generation, and where the server itself had said
// NOT_SERVING and now says SERVING.
bool HealthTracker::TakesOnePass() const {
  if (readiness_ == Readiness::kNotReady) {
    return failure_ == CheckClass::kNotServing && (was_ready_ || !policy_.wants_rise_first);
  }
  return !has_result_ && !policy_.wants_rise_first;
}

void HealthTracker::Pass() {
  failures_ = timeouts_ = 0;
  liveness_failures_ = 0;
  has_passed_ = true;
  // The prober tells of the end of its suspicion; where that was lost, passes say the same.
  if (suspicion_.stage != spec::Suspect::kNone && ++passes_suspected_ >= policy_.rise)
    ForgetSuspicion();
  if (readiness_ == Readiness::kReady) return;
  ++passes_;
  if (passes_ < policy_.rise && !TakesOnePass()) return;
  readiness_ = Readiness::kReady;
  was_ready_ = true;
  is_refused_after_close_ = false;
  passes_ = 0;
}

void HealthTracker::Fail(const spec::CheckOutcome& outcome, TimePoint now) {
  const CheckClass check_class = outcome.check_class;
  passes_ = passes_suspected_ = 0;
  if (!spec::IsLivenessClass(check_class)) {
    // An answer, whatever it says, shows that somebody is at home.
    failures_ = timeouts_ = 0;
    liveness_failures_ = 0;
    BecomeNotReady(check_class);
    return;
  }
  ++failures_;
  timeouts_ = check_class == CheckClass::kTimeout ? timeouts_ + 1 : 0;
  if (timeouts_ == 1) unanswered_since_ = now - outcome.latency;
  // Beside the rhythm many failures come of one stall: enough to leave rotation, not to restart.
  if (!is_starting(now) && !outcome.is_extra) ++liveness_failures_;
  if (is_connection_closed_ && check_class == CheckClass::kRefused) {
    BecomeNotReady(check_class);
    is_refused_after_close_ = true;
  } else if (failures_ >= policy_.fall) {
    BecomeNotReady(check_class);
  }
}

void HealthTracker::BecomeNotReady(CheckClass check_class) {
  readiness_ = Readiness::kNotReady;
  failure_ = check_class;
}

std::string HealthTracker::Evidence() const {
  if (is_engine_unhealthy_) return "the engine's health check says unhealthy";
  if (denials_ >= policy_.liveness_fall)
    return fmt::format("{} x NOT_SERVING of its liveness service in a row", denials_);
  const CheckClass last_class = last_ ? last_->check_class : failure_;
  return fmt::format("{} x {} in a row", liveness_failures_, spec::CheckClassName(last_class));
}

}  // namespace fairlead::fleet
