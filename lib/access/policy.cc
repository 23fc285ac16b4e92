#include "access/policy.h"

#include <algorithm>

namespace fairlead::access {

Policy DefaultPolicy(std::uint32_t own_uid) {
  return {.viewers = {{.kind = Rule::Kind::kLoopback}},
          .operators = {{.kind = Rule::Kind::kUnix}},
          .admins = {{.kind = Rule::Kind::kUid, .id = 0}, {.kind = Rule::Kind::kSelf}},
          .own_uid = own_uid};
}

Role RoleOf(const Policy& policy, const Caller& caller) {
  if (caller.holds_token) return Role::kAdmin;
  const auto is_among = [&](const std::vector<Rule>& rules) {
    return std::ranges::any_of(
        rules, [&](const Rule& rule) { return rule.Means(caller, policy.own_uid); });
  };
  if (is_among(policy.admins)) return Role::kAdmin;
  if (is_among(policy.operators)) return Role::kOperator;
  if (is_among(policy.viewers)) return Role::kViewer;
  return Role::kNone;
}

}  // namespace fairlead::access
