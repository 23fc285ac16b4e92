// TimePoint and Duration: the only time the pure core knows.
//
// Why: time is an argument. CoreClock has no now(); the process reads its monotonic clock in
// runtime/clock.h, a test or the simulation hands in whatever it likes. Wall-clock time crosses
// into the core only as already converted TimePoints (store, engine).
#pragma once

#include <chrono>

namespace fairlead {

using Duration = std::chrono::nanoseconds;

struct CoreClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoreClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = CoreClock::time_point;

}  // namespace fairlead
