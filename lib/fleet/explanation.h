// Explanation: why a replica is in or out of rotation, what would be done about it, and what
// forbids that, each line with what it was measured by.
//
// Why: "why does this container get no traffic?" and "why was it (not) restarted?" have to be
// answered by what decided, and not by a second account of the rules. So the core fills these from
// the very functions that decide (rotation.cc, repair.cc). Values, detached from the core.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "fleet/ledger.h"
#include "fleet/recent_checks.h"
#include "fleet/report.h"
#include "fleet/view.h"
#include "spec/call_load.h"

namespace fairlead::fleet {

// One value that something is decided on.
struct Measure {
  std::string what;   // "failures in a row"
  std::string value;  // "2, out from 3"
  std::string
      source;  // where it comes from: a label, a key of the configuration, inspect, the kernel
  bool operator==(const Measure&) const = default;
};

// One reason that may hold a repair, weighed for this replica.
struct WeighedHold {
  std::string code;                // "min-available"
  bool holds = false;              // it would forbid a repair now
  std::optional<TimePoint> until;  // when it is looked at again, where the reason names a time
  std::string measured;            // "2 available, 2 must stay: fairlead.repair.min-available"
  std::string advice;              // what a person can do; empty when it does not hold
};

// What would be done next, and when.
struct NextStep {
  std::string act;              // "restart"; empty = nothing, whatever comes
  std::string state;            // Replica.repair: "held(min-available)", "acting(restart)", "idle"
  std::string text;             // one sentence
  std::optional<TimePoint> at;  // not before; none = at once, or nobody knows
};

// One act of the ledger.
struct PastAct {
  LedgerEntry entry;
  std::string
      evidence;  // the checks it was decided on; empty for acts of earlier lives of the daemon
  std::string verified;  // what became of the replica after it; empty while that is open
};

struct ReplicaExplanation {
  ReplicaReport report;
  std::string rotation;  // one sentence: in or out, and what that rests on
  NextStep next;
  std::vector<WeighedHold> holds;    // in the order in which they are weighed
  std::vector<Measure> measures;     // what its verdicts rest on
  std::optional<Endpoint> endpoint;  // what callers would be told of it; none for a non-member
  std::vector<Sight> sights;         // which of it each is told; the core leaves it empty
  // What callers that tell replicas apart report of it; the core leaves it empty.
  std::optional<spec::CallLoad> load;
  std::vector<RecentCheck> checks;  // newest first, at most kRecentChecksKept
  std::vector<PastAct> acts;        // newest first
};

// Of a service with several replicas each is in the short form: without `measures` and `checks`,
// and of the holds only those that hold.
struct Explanation {
  ServiceReport service;
  std::vector<Measure> measures;  // of the service and of the host
  // What callers report of the service; the core leaves it empty.
  std::optional<spec::CallLoad> load;
  std::vector<ReplicaExplanation> replicas;
  bool is_of_service = false;  // the name was a service's
};

}  // namespace fairlead::fleet
