// Attention: since when what is heard now may have waited to be heard.
//
// Why: what comes live is dated by our own clock, and its stamp is compared only where it is near
// that. Whoever's process stood still hears late what was told meanwhile, and would take the end of
// an earlier life for one of now.
// Threads: none; a value of the observer.
#pragma once

#include "base/time.h"

namespace fairlead::controller {

class Attention {
 public:
  // A beat may be late by so much on a busy host.
  static constexpr Duration kLateMost = std::chrono::milliseconds(500);
  // What waited is heard by then.
  static constexpr Duration kCatchUp = std::chrono::seconds(1);

  Attention() = default;
  // From `now` on it beats at least each `beat`.
  Attention(Duration beat, TimePoint now) : beat_(beat), beat_at_(now) {}

  void Beat(TimePoint now) {
    if (now - beat_at_ > beat_ + kLateMost) {
      absent_since_ = beat_at_;
      caught_up_at_ = now + kCatchUp;
    }
    beat_at_ = now;
  }

  // What is heard at `now` was told no earlier; `now` itself where nothing had to wait.
  TimePoint Since(TimePoint now) const { return now < caught_up_at_ ? absent_since_ : now; }

 private:
  Duration beat_{};
  TimePoint beat_at_{};
  TimePoint absent_since_{};
  TimePoint caught_up_at_{};
};

}  // namespace fairlead::controller
