// TokenBucket: so many per second, and as many at once after a quiet second.
//
// Threads: none; a value.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace fairlead::nameserver {

class TokenBucket {
 public:
  // REQUIRES: per_second >= 1.
  explicit TokenBucket(double per_second) : per_second_(per_second), tokens_(per_second) {}

  // False when there is none left.
  bool Take(TimePoint now) {
    const double seconds = std::chrono::duration<double>(now - filled_at_).count();
    tokens_ = std::min(per_second_, tokens_ + std::max(0.0, seconds) * per_second_);
    filled_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double tokens_;
  TimePoint filled_at_{};
};

}  // namespace fairlead::nameserver
