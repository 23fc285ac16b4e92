// DoublingBackoff: how long to wait before try number n.
#pragma once

#include <algorithm>

#include "base/rng.h"
#include "base/time.h"

namespace fairlead {

struct DoublingBackoff {
  Duration first{};
  Duration most{};

  // The wait before try `n` (0 = the first wait): first, 2 x first, 4 x first ... at most `most`.
  Duration Wait(int n) const {
    Duration wait = std::min(first, most);
    for (int i = 0; i < n && wait < most; ++i) wait = std::min(wait * 2, most);
    return wait;
  }

  // "Full jitter": uniform in [0, Wait(n)], so that many that failed together do not return
  // together.
  Duration Jittered(int n, Rng& rng) const {
    return Duration(
        static_cast<Duration::rep>(rng.Below(static_cast<std::uint64_t>(Wait(n).count()) + 1)));
  }
};

}  // namespace fairlead
