#include "fleet/flap_hold.h"

#include <algorithm>

namespace fairlead::fleet {

void FlapHold::Left(TimePoint now) {
  if (lefts_ > 0 && now - left_at_[(lefts_ - 1) % kFlapsFree] >= kFlapForgivenAfter) {
    hold_ = {};
    lefts_ = 0;
  }
  // The place of this one still has the one that is kFlapsFree leavings older.
  TimePoint& place = left_at_[lefts_ % kFlapsFree];
  const bool is_often = lefts_ >= kFlapsFree && now - place < kFlapWindow;
  place = now;
  ++lefts_;
  is_out_ = true;
  if (is_often) hold_ = std::clamp<Duration>(2 * hold_, kFlapHoldFirst, kFlapHoldMost);
}

void FlapHold::ObserveWell(bool is_well, TimePoint now) {
  if (!is_well) {
    well_since_.reset();
  } else if (!well_since_) {
    well_since_ = now;
  }
}

std::optional<TimePoint> FlapHold::held_until() const {
  if (!is_out_ || hold_ == Duration::zero() || !well_since_) return std::nullopt;
  return *well_since_ + hold_;
}

}  // namespace fairlead::fleet
