// NextTime: the earliest of the times that are still to come.
//
// Threads: none; a value.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace fairlead::fleet {

class NextTime {
 public:
  explicit NextTime(TimePoint now) : now_(now) {}

  // What is over, or never comes, does not count.
  void Consider(std::optional<TimePoint> at) {
    if (at && *at > now_) next_ = std::min(next_.value_or(*at), *at);
  }
  std::optional<TimePoint> at() const { return next_; }

 private:
  TimePoint now_;
  std::optional<TimePoint> next_;
};

}  // namespace fairlead::fleet
