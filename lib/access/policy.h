// Policy: whom the host's config gives which role. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "access/caller.h"
#include "access/role.h"
#include "access/rule.h"

namespace fairlead::access {

struct Policy {
  std::vector<Rule> viewers = {};
  std::vector<Rule> operators = {};
  std::vector<Rule> admins = {};
  std::uint32_t own_uid = 0;  // of who has started the daemon
};

// As an empty configuration has it: who may open the unix socket operates, root and who has started
// the daemon are admins, who comes over loopback without a certificate reads, and nobody else is
// anybody.
Policy DefaultPolicy(std::uint32_t own_uid);

// The most that any rule gives; kAdmin with the token of HTTP, which root alone reads.
Role RoleOf(const Policy& policy, const Caller& caller);

}  // namespace fairlead::access
