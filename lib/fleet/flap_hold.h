// FlapHold: who leaves rotation again and again has to be well for a while before it comes back.
//
// Why: each coming and going moves connections of every caller. A replica that does it often costs
// more than it serves, and is no better for being told about sooner.
// How: up to kFlapsFree leavings in kFlapWindow are free, and their return is as quick as ever.
// Each one beyond doubles the time for which it has to be well without a break. Time without
// leaving forgives. Threads: none; pure. Time is an argument, and never goes back. Dies with its
// generation: a new process is judged by what it does itself.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/time.h"
#include "fleet/limits.h"

namespace fairlead::fleet {

class FlapHold {
 public:
  // It left its list because of its checks.
  void Left(TimePoint now);
  // Its checks would have it in the list, or not. To be told before is_holding() is asked.
  void ObserveWell(bool is_well, TimePoint now);
  // It is in its list by its own right.
  void Returned() { is_out_ = false; }

  // It is well, and not for long enough.
  bool is_holding(TimePoint now) const { return held_until() && *held_until() > now; }
  // When it may come back if it stays well; none when nothing holds it, or while it is unwell.
  std::optional<TimePoint> held_until() const;
  // For how long it has to be well.
  Duration hold() const { return hold_; }

 private:
  std::array<TimePoint, kFlapsFree> left_at_{};  // a ring of the latest
  std::size_t lefts_ = 0;
  Duration hold_{};  // zero: none
  bool is_out_ = false;
  std::optional<TimePoint> well_since_;
};

}  // namespace fairlead::fleet
