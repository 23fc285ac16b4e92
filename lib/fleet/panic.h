// Panic: when too few replicas are left, silent ones are better than none.
//
// Why: when most of a service looks bad at once, the checks are as suspect as the replicas, and a
// caller that may try a doubtful replica is better off than one that may try none.
// Pure leaf: counts in, decision out.
#pragma once

namespace fairlead::fleet {

struct PanicCounts {
  int countable = 0;    // run, have once been ready, not drained, acted upon or misconfigured
  int in = 0;           // of these, in rotation by their own verdict
  int not_serving = 0;  // of these, out because they say so
};

struct PanicDecision {
  bool is_panic = false;
  bool silent_return = false;       // those out for timeout, refused, reset come back
  bool not_serving_return = false;  // so do those that say NOT_SERVING: all of two or more say it
};

// `was_panic` gives the hysteresis: panic ends at the threshold plus one replica.
// REQUIRES: 0 <= threshold_percent <= 100.
PanicDecision DecidePanic(const PanicCounts& counts, int threshold_percent, bool was_panic);

}  // namespace fairlead::fleet
