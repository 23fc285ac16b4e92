// Cutting an input into the pieces in which a socket might bring it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace fairlead::fuzz {

// Calls `take` with all of `bytes` in pieces of changing length, 1 to 37 bytes, set by `seed`;
// stops when `take` returns false.
template <class Take>
void InPieces(std::string_view bytes, unsigned seed, Take take) {
  while (!bytes.empty()) {
    seed = seed * 1'103'515'245U + 12'345U;
    const std::size_t length = std::min<std::size_t>(1 + (seed >> 16) % 37, bytes.size());
    if (!take(bytes.substr(0, length))) return;
    bytes.remove_prefix(length);
  }
}

}  // namespace fairlead::fuzz
