// EngineClock: what the engine's clock shows, as it went on since the engine last told it.
//
// Why: whether an event is older than the life of a container only the engine's own stamps tell,
// and its clock may be set at any time. A stamp that cannot be of this clock is not compared at
// all.
// Threads: none; a value of the observer. Unit: nanoseconds since 1970 by the engine's clock.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "base/time.h"

namespace fairlead::controller {

class EngineClock {
 public:
  // What is live is told within milliseconds: a stamp further off is of a clock that was set.
  static constexpr Duration kStampTrust = std::chrono::seconds(5);

  EngineClock() = default;
  EngineClock(std::int64_t told_ns, TimePoint told_at) : told_ns_(told_ns), told_at_(told_at) {}

  std::int64_t At(TimePoint now) const { return told_ns_ + Duration(now - told_at_).count(); }
  // When, by our clock, something of the engine's history was.
  TimePoint OfHistory(std::int64_t stamp_ns) const {
    return told_at_ - Duration(told_ns_ - stamp_ns);
  }
  // The stamp of an event that came live, or 0: not to be compared.
  std::int64_t OfLive(std::int64_t stamp_ns, TimePoint now) const {
    return std::abs(stamp_ns - At(now)) <= kStampTrust.count() ? stamp_ns : 0;
  }
  // When a life began, or 0: what begins in the future began before the clock was set back.
  std::int64_t OfStart(std::int64_t started_ns, TimePoint now) const {
    return started_ns <= At(now) + kStampTrust.count() ? started_ns : 0;
  }

 private:
  std::int64_t told_ns_ = 0;
  TimePoint told_at_{};
};

}  // namespace fairlead::controller
