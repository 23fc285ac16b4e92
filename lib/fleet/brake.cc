#include "fleet/brake.h"

#include <fmt/format.h>

#include <algorithm>

#include "fleet/limits.h"

namespace fairlead::fleet {

std::string_view BrakeStateName(Brake::State state) {
  switch (state) {
    case Brake::State::kOff:
      return "off";
    case Brake::State::kOn:
      return "on";
    case Brake::State::kTrial:
      return "trial";
  }
  return "";
}

bool BrakeCounts::are_many() const {
  return failing >= kBrakeFailingMin && 2 * failing >= countable;
}

bool BrakeCounts::is_cause() const {
  return are_many() || !canary_trouble.empty();
}

bool Brake::Observe(const BrakeCounts& counts, TimePoint now) {
  is_canary_failing_ = !counts.canary_trouble.empty();
  const bool is_caused = counts.is_cause();
  if (state_ == State::kOff) {
    if (!is_caused) return false;
    state_ = State::kOn;
    on_since_ = now;
    round_ = counts.round;
    calm_since_.reset();
    reason_ = counts.are_many()
                  ? fmt::format("{} of {} replicas of this host fail their checks at once",
                                counts.failing, counts.countable)
                  : fmt::format("our own health server does not answer our checks ({})",
                                counts.canary_trouble);
    return true;
  }
  if (is_caused) {
    calm_since_.reset();
  } else if (!calm_since_) {
    calm_since_ = now;
  }
  if (calm_since_ && now - *calm_since_ >= kBrakeCalmRounds * round_) {
    state_ = State::kOff;
    return true;
  }
  // Without its cause it ends by itself; what was seen before a canary failed is too old to act on.
  const bool may_try = !is_canary_failing_ && !calm_since_ && now - on_since_ >= kBrakeLongest;
  if (state_ == State::kTrial || !may_try) return false;
  state_ = State::kTrial;
  next_trial_ = now;
  trial_pause_ = kTrialPauseFirst;
  return true;
}

void Brake::TrialPermitted(TimePoint now) {
  if (state_ != State::kTrial) return;
  next_trial_ = now + trial_pause_;
  trial_pause_ = std::min(2 * trial_pause_, kTrialPauseMost);
}

bool Brake::holds_repairs(int repairs, TimePoint now) const {
  if (state_ == State::kTrial) {
    const bool is_over_soon = is_canary_failing_ || calm_since_;
    return is_over_soon || repairs > 0 || now < next_trial_;
  }
  return state_ == State::kOn;
}

std::optional<TimePoint> Brake::next_change() const {
  if (state_ == State::kOff) return std::nullopt;
  if (calm_since_) return *calm_since_ + kBrakeCalmRounds * round_;
  return state_ == State::kOn ? on_since_ + kBrakeLongest : next_trial_;
}

}  // namespace fairlead::fleet
