#include "runtime/clock.h"

namespace fairlead::runtime {

TimePoint Now() {
  return TimePoint(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

WallTime ToWall(TimePoint when) {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) + (when - Now());
}

TimePoint FromWall(WallTime when) {
  return Now() + (when - std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()));
}

}  // namespace fairlead::runtime
