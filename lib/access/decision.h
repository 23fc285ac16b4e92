// May this caller make this call? Pure.
#pragma once

#include <string>
#include <string_view>

#include "access/caller.h"
#include "access/policy.h"
#include "base/result.h"

namespace fairlead::access {

struct Call {
  std::string_view method;  // "Restart"
  bool is_forced = false;   // its request sets `force`
};

// Nothing: it may. kUnauthenticated: it takes a role, and who calls has not shown who it is.
// kPermissionDenied: what it has shown is not enough. The message says what it takes and what to
// do.
Result<> Decide(const Policy& policy, const Caller& caller, const Call& call);

// A refusal, for the journal and the metric.
struct Refusal {
  Caller caller;
  std::string method;
  Role role = Role::kNone;  // what it had
  Error error;
};

}  // namespace fairlead::access
