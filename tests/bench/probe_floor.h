// The floor of a health check: a bare epoll loop that sends prebuilt bytes and reads the answer.
#pragma once

#include <chrono>

namespace fairlead::bench {

struct ProbeRun {
  double cpu_us_per_check = 0;
  double sleeps_per_check = 0;
  int checks = 0;
  double kib_per_target = 0;  // resident in this process since before they were begun; 0 = unknown
  double heap_kib_per_target = 0;  // of that, held of the heap
};

// Checks `count` targets once each `interval`, phases spread evenly, for `length`, with a tick of
// 2 ms; connections are made before the measurement begins.
ProbeRun RunProbeFloor(int count, std::chrono::milliseconds interval,
                       std::chrono::milliseconds length);

}  // namespace fairlead::bench
