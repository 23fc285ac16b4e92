// Schedule: which target is next, and when. Pure; time is an argument.
//
// Why: checks of many targets must not fall on one instant. Each target has a phase of its own
// inside its interval, from a hash of its container id, kept for its whole life: no drift, and a
// restart of ours asks at the same phases again. First checks are paced by a common budget; a
// single new target has its first check at once.
// Threads: none; owned by the prober's loop.
// Invariant: after a late call each target is due once, however many turns it missed.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "health/limits.h"

namespace fairlead::health {

using TargetKey = std::uint64_t;  // the prober's own numbering

// Where in its interval a target is asked: 0 <= result < interval. Stable across processes.
// Phases are a fiftieth of the interval apart, 10 ms at most, so that many targets fall due at one
// wake-up: after an idle second, waking costs more than a check.
// REQUIRES: interval > 0.
Duration PhaseOf(std::string_view container_id, Duration interval);

class Schedule {
 public:
  explicit Schedule(const ProberLimits& limits);

  struct Rhythm {
    Duration interval{};
    Duration phase{};  // see PhaseOf
  };
  // REQUIRES: `key` is not scheduled.
  void Begin(TargetKey key, Rhythm rhythm, TimePoint now);
  void End(TargetKey key);
  // One more check at `when`; the earliest wins if one is waiting already. Unknown keys are
  // ignored.
  void CheckSoon(TargetKey key, TimePoint when);

  // When PopDue() next has something.
  std::optional<TimePoint> next() const;
  // The most overdue target, moved on to its next turn. Nothing when none is due at `now`.
  std::optional<TargetKey> PopDue(TimePoint now);

 private:
  struct Entry {
    Rhythm rhythm;
    TimePoint regular;
    std::optional<TimePoint> soon;
    TimePoint due() const { return soon && *soon < regular ? *soon : regular; }
  };
  TimePoint FirstCheck(TimePoint now);
  static TimePoint TurnAfter(const Rhythm& rhythm, TimePoint when);

  const Duration gap_;
  const Duration head_start_;  // how far the budget may lie back: the checks allowed at once
  TimePoint budget_{};         // when the next first check would be due at an even pace
  std::unordered_map<TargetKey, Entry> entries_;
  std::set<std::pair<TimePoint, TargetKey>> order_;
};

}  // namespace fairlead::health
