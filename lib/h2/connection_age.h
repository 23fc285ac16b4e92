// How old one connection may become. Pure.
#pragma once

#include <cstdint>

#include "base/rng.h"
#include "base/time.h"

namespace fairlead::h2 {

// From nine to eleven tenths of `most`: connections of one moment, as after a restart of ours, end
// over a fifth of it. REQUIRES: most > 0.
inline Duration AgeOf(Duration most, Rng& chance) {
  const auto fifth = static_cast<std::uint64_t>((most / 5).count());
  return most - most / 10 + Duration(static_cast<Duration::rep>(chance.Below(fifth + 1)));
}

}  // namespace fairlead::h2
