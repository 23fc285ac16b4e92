// Prefetch: asks for memory that a loop over many objects will need soon.
//
// Why: of thousands of connections each has grown cold when its turn comes, and a miss costs as
// much as the work on it. Asked for a few turns ahead, the misses overlap. Only a hint: nothing
// changes.
// Threads: any; the memory is not read and need not exist.
#pragma once

#include <cstddef>

namespace fairlead {

inline void Prefetch(const void* begin, std::size_t bytes) {
  constexpr std::size_t kLineBytes = 64;
  for (std::size_t at = 0; at < bytes; at += kLineBytes)
    __builtin_prefetch(static_cast<const char*>(begin) + at, /*rw=*/1);
}

// For a loop at `turn` of `turns`: calls `fetch(later turn, step)` for each of `steps`, the first
// one furthest ahead. So what an object points at can be asked for in a step of its own, when the
// object itself has come.
template <class Fetch>
void FetchInSteps(std::size_t turn, std::size_t turns, std::size_t steps, Fetch fetch) {
  constexpr std::size_t kTurnsPerStep = 2;  // about what one miss takes
  for (std::size_t step = 0; step < steps; ++step) {
    const std::size_t later = turn + (steps - step) * kTurnsPerStep;
    if (later < turns) fetch(later, step);
  }
}

}  // namespace fairlead
