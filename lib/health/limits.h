// Every limit of the prober, with its default and the reason for it.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "h2/limits.h"

namespace fairlead::health {

using namespace std::chrono_literals;

struct ProberLimits {
  // First checks of targets that come together, e.g. at our own start: 500 a second is one
  // connection set-up per 2 ms, so 500 containers are known after a second and no core is full.
  Duration first_check_gap = 2ms;
  // A single new target is checked at once; so are this many at a time.
  int first_checks_at_once = 8;
  // Our loop later than this cannot tell a slow server from its own delay. An idle loop is late by
  // under 1 ms; the shortest timeout is 100 ms.
  Duration lateness_max = 50ms;
  // What is due waits so long for company, or for an answer that wakes us anyway: at most 500
  // wake-ups a second however many targets, for waking costs more than checking. A fiftieth of the
  // shortest timeout.
  Duration wake_granularity = 2ms;
  std::size_t http_head_bytes_max = 4 * 1024;  // the status line is all that is read
  h2::ClientLimits client{};
};

}  // namespace fairlead::health
