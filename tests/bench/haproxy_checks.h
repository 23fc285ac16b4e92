// HAProxy's health checks of the probe benchmark's targets, for comparison: over HTTP/2, each on a
// connection of its own, as HAProxy does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace fairlead::bench {

struct HaproxyRun {
  double cpu_us_per_check = 0;  // of the whole process, in ticks of the kernel's (10 ms)
  double kib_per_target = 0;    // resident, beside a HAProxy that checks one
};

// Lets HAProxy check `count` targets at `port` once each `interval`, and measures it for `length`.
// Nothing where HAProxy is not installed. Ends the program if a target is not up by its word.
std::optional<HaproxyRun> RunHaproxy(int count, std::uint16_t port,
                                     std::chrono::milliseconds interval,
                                     std::chrono::milliseconds length);

}  // namespace fairlead::bench
