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

}  // namespace fairlead
