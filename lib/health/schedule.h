// Schedule: which target is next, and when. Pure; time is an argument.
//
// Why: checks of many targets must not fall on one instant. Each target has a phase of its own
// inside its interval, from a hash of its container id, kept for its whole life: no drift, and a
// restart of ours asks at the same phases again. First checks are paced by a common budget; a
// single new target has its first check at once.
// Between two checks the transport may be asked, in turns that divide the interval evenly, so that
// every check has such a turn, too, and the question costs nothing there.
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

// How many turns make an interval, if the transport is to be asked every `ping` (0: never), but no
// oftener than `least`: at least 1. REQUIRES: interval > 0, least > 0.
int TurnsPerInterval(Duration interval, Duration ping, Duration least);

class Schedule {
 public:
  explicit Schedule(const ProberLimits& limits);

  struct Rhythm {
    Duration interval{};
    Duration phase{};  // see PhaseOf
    int turns = 1;     // in an interval: a check, and between two checks the transport question
  };
  // REQUIRES: `key` is not scheduled.
  void Begin(TargetKey key, Rhythm rhythm, TimePoint now);
  void End(TargetKey key);
  // One more check at `when`; the earliest wins if one is waiting already. Unknown keys are
  // ignored.
  void CheckSoon(TargetKey key, TimePoint when);

  // No turn before `until`, so that nobody wakes for it: what is wanted sooner is dropped, and its
  // rhythm goes on after that. Unknown keys are ignored.
  void LeaveAlone(TargetKey key, TimePoint until);

  // When PopDue() next has something.
  std::optional<TimePoint> next() const;
  // The most overdue target, moved on to its next turn. Nothing when none is due at `now`.
  struct Turn {
    TargetKey key = 0;
    bool is_check = false;  // else only the transport is asked
    bool is_extra = false;  // a check that the rhythm does not ask for: CheckSoon()
  };
  std::optional<Turn> PopDue(TimePoint now);

 private:
  struct Entry {
    Rhythm rhythm;
    TimePoint regular;
    std::optional<TimePoint> soon;
    TimePoint left_alone_until{};
    TimePoint due() const { return soon && *soon < regular ? *soon : regular; }
  };
  TimePoint FirstCheck(TimePoint now);
  // The last check of the rhythm that is not after `when`.
  static TimePoint CheckUntil(const Rhythm& rhythm, TimePoint when);
  static TimePoint TurnAfter(const Rhythm& rhythm, TimePoint when);

  const Duration gap_;
  const Duration head_start_;  // how far the budget may lie back: the checks allowed at once
  TimePoint budget_{};         // when the next first check would be due at an even pace
  std::unordered_map<TargetKey, Entry> entries_;
  std::set<std::pair<TimePoint, TargetKey>> order_;
};

}  // namespace fairlead::health
