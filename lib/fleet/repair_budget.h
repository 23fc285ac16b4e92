// RepairBudget: how often and how soon one place in a service may be repaired.
//
// Why: a restart that does not help must not be repeated for ever, and our restart resets the
// engine's own crash backoff, so ours has to take its place. A budget belongs to the place (Compose
// number), not to the container, and is filled from the ledger at start: a restart of the daemon
// forgets nothing.
// Threads: none. Invariant: times are ascending.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "spec/service_spec.h"

namespace fairlead::fleet {

class RepairBudget {
 public:
  // Counts a permitted repair; what it costs is never given back, whatever becomes of it.
  void Spend(TimePoint at);

  // A repair that failed ended at `at`: the backoff counts from there.
  void ObserveFailure(TimePoint at) { failed_at_ = at; }

  // The replica is ready (since `since`): after kForgivenAfter the backoff starts anew.
  void ObserveHealthy(TimePoint since, TimePoint now);

  // Not before this; nothing when a repair may begin at once.
  std::optional<TimePoint> BackingOffUntil(const spec::RepairSpec& spec, TimePoint now) const;

  // Repairs whose cost still counts at `now`.
  int SpentInWindow(const spec::RepairSpec& spec, TimePoint now) const;
  bool IsUsedUp(const spec::RepairSpec& spec, TimePoint now) const {
    return SpentInWindow(spec, now) >= spec.max_restarts;
  }

 private:
  std::vector<TimePoint> spent_;  // the newest kRemembered
  std::optional<TimePoint> failed_at_;
  int in_a_row_ = 0;  // since the backoff was last forgiven
};

}  // namespace fairlead::fleet
