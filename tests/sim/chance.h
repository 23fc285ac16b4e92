// Chance: everything that is left to chance in the simulation comes from one of these.
#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "base/time.h"

namespace fairlead::sim {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : rng_(seed) {}

  // Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t Below(std::uint64_t bound) { return rng_.Below(bound); }
  bool Percent(std::uint64_t percent) { return rng_.Below(100) < percent; }
  // In 10,000; nothing is drawn for what never happens.
  bool Permyriad(std::uint64_t rate) { return rate > 0 && rng_.Below(10'000) < rate; }
  // Uniform in [least, most].
  Duration Between(Duration least, Duration most) {
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + Duration(static_cast<Duration::rep>(rng_.Below(span)));
  }
  template <class T>
  const T& OneOf(const std::vector<T>& choices) {
    return choices[rng_.Below(choices.size())];
  }
  Rng& rng() { return rng_; }

 private:
  Rng rng_;
};

}  // namespace fairlead::sim
