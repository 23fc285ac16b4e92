// EngineClock: what the engine's clock shows, as it went on since the engine last told it.
//
// Why: whether an event is older than the life of a container only the engine's own stamps tell,
// and its clock may be set at any time. A stamp that cannot be of this clock is not compared at
// all.
// Threads: none; a value of the observer. Unit: nanoseconds since 1970 by the engine's clock.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "controller/attention.h"

namespace fairlead::controller {

class EngineClock {
 public:
  // What is live is told within milliseconds: a stamp further off is of a clock that was set.
  static constexpr Duration kStampTrust = std::chrono::seconds(5);

  EngineClock() = default;
  // From `told_at` on whoever hears the engine calls Beat() at least each `beat`.
  EngineClock(std::int64_t told_ns, TimePoint told_at, Duration beat)
      : told_ns_(told_ns), told_at_(told_at), attention_(beat, told_at) {}

  void Beat(TimePoint now) { attention_.Beat(now); }

  std::int64_t At(TimePoint now) const { return told_ns_ + Duration(now - told_at_).count(); }
  // When, by our clock, something of the engine's history was.
  TimePoint OfHistory(std::int64_t stamp_ns) const {
    return told_at_ - Duration(told_ns_ - stamp_ns);
  }
  struct Moment {
    TimePoint at{};             // by our clock
    std::int64_t stamp_ns = 0;  // by the engine's, or 0: not to be compared
  };
  // Of an event that is heard at `now`. The history is judged by the engine's clock, and so is what
  // waited while nobody listened; what comes at once by ours: a clock that steps must not make our
  // own act a stranger's.
  Moment OfEvent(std::int64_t stamp_ns, bool is_replayed, TimePoint now) const {
    const TimePoint since = attention_.Since(now);
    const bool is_near =
        stamp_ns >= At(since) - kStampTrust.count() && stamp_ns <= At(now) + kStampTrust.count();
    if (is_replayed || (is_near && since < now))
      return {.at = std::min(now, OfHistory(stamp_ns)), .stamp_ns = stamp_ns};
    return {.at = now, .stamp_ns = is_near ? stamp_ns : 0};
  }
  // When a life began, or 0: what begins in the future began before the clock was set back.
  std::int64_t OfStart(std::int64_t started_ns, TimePoint now) const {
    return started_ns <= At(now) + kStampTrust.count() ? started_ns : 0;
  }

 private:
  std::int64_t told_ns_ = 0;
  TimePoint told_at_{};
  Attention attention_;
};

}  // namespace fairlead::controller
