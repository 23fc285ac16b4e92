// The process's clocks, and the bridge between monotonic and wall time.
#pragma once

#include <chrono>

#include "base/time.h"

namespace fairlead::runtime {

using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// CLOCK_MONOTONIC: what every deadline and interval is measured with.
TimePoint Now();

// The wall time that `when` was or will be, by both clocks as they read now; and back.
WallTime ToWall(TimePoint when);
TimePoint FromWall(WallTime when);

}  // namespace fairlead::runtime
