// The real prober on the probe benchmark's targets.
#pragma once

#include <chrono>

#include "bench/probe_floor.h"

namespace fairlead::bench {

// As RunProbeFloor, with the daemon's own prober on a loop of its own in this process.
// `ping`: fairlead.health.ping; 0 = checks alone.
ProbeRun RunProber(int count, std::chrono::milliseconds interval, std::chrono::milliseconds ping,
                   std::chrono::milliseconds length);

}  // namespace fairlead::bench
