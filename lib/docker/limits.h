// Every limit on what we accept from an engine and how long we wait for it.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace fairlead::docker {

using namespace std::chrono_literals;

struct EngineLimits {
  std::size_t header_bytes_max = 32 * 1024;       // real ones are under 1 KiB
  std::size_t body_bytes_max = 4 * 1024 * 1024;   // inspect is 4 KiB; labels may be large
  std::size_t list_bytes_max = 32 * 1024 * 1024;  // 800 B each: 10,000 with 2 KiB of labels more
  std::size_t error_bytes_max = 16 * 1024;        // the engine's own words, shown cut
  std::size_t event_bytes_max = 1024 * 1024;      // an event is 400 B plus its container's labels
  std::size_t read_buffer_bytes = 64 * 1024;      // one chunk header or header block must fit
  int informational_max = 4;                      // 1xx answers before the real one; normal is 0
  Duration connect_timeout = 2s;                  // a local socket connects at once or never
  Duration ping_deadline = 2s;                    // the recipe's figure for a cheap question
  Duration info_deadline = 5s;                    // the engine looks at its storage for it
  Duration list_deadline = 10s;                   // 73 us per container: 10,000 take 0.7 s
  Duration inspect_deadline = 2s;                 // 0.3 ms when well; one wedged container hangs
  Duration events_open_deadline = 5s;             // until the response header; then no limit
  std::size_t logs_bytes_max = 4 * 1024 * 1024;   // 50 lines; one of 64 KiB is a dump already
  Duration logs_deadline = 5s;                    // the engine reads its file from the end
  Duration act_deadline = 15s;                    // start and kill: 160 ms when well
};

// Nesting of an answer: inspect has 7 levels. Deeper text is refused before it is parsed.
inline constexpr int kJsonDepthMax = 64;

}  // namespace fairlead::docker
