// The real prober on the probe benchmark's targets.
#pragma once

#include <chrono>

#include "bench/probe_floor.h"

namespace fairlead::bench {

// As RunProbeFloor, with the daemon's own prober on a loop of its own in this process.
// `ping`: fairlead.health.ping; 0 = checks alone.
ProbeRun RunProber(int count, std::chrono::milliseconds interval, std::chrono::milliseconds ping,
                   std::chrono::milliseconds length);

// CPU in microseconds that a target costs in a second in which nobody asks it and it says nothing:
// its connection and a Watch on it are open. Over `length`.
double RunIdleWatches(int count, std::chrono::milliseconds length);

// What healthy targets were called while the machine was busy.
struct LoadRun {
  int checks = 0;
  int failed = 0;        // single checks that came to anything but SERVING
  int inconclusive = 0;  // of those, blamed on ourselves or on all alike
  int silent = 0;        // told silent by suspicion
  int condemned = 0;     // `fall` (3) failures in a row: a false verdict
};

// `count` targets each `interval`, until so many checks are over.
LoadRun RunUnderLoad(int count, std::chrono::milliseconds interval, int checks);

}  // namespace fairlead::bench
