// The table of who may call what: one row per method of fairlead.admin.v1.Admin. Pure.
//
// Why by name and not in the .proto: what somebody may is the daemon's to say and not the client's.
// A test walks the service's descriptor and fails for a method without a row, or a row without a
// method.
#pragma once

#include <span>
#include <string_view>

#include "access/role.h"

namespace fairlead::access {

struct MethodRule {
  std::string_view method;  // "Restart"
  Role least = Role::kAdmin;
  Role least_with_force = Role::kAdmin;  // where the request has a `force`, and it is set
};

// In the order of the .proto.
std::span<const MethodRule> MethodTable();

// nullptr: there is no such method, and nobody may call it.
const MethodRule* FindMethod(std::string_view method);

}  // namespace fairlead::access
