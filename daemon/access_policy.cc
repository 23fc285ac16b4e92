#include "access_policy.h"

#include <unistd.h>

#include <algorithm>

namespace fairlead::daemon {

access::Policy AccessOf(const config::AccessConfig& config) {
  return {.viewers = config.viewers,
          .operators = config.operators,
          .admins = config.admins,
          .own_uid = ::geteuid()};
}

bool NamesACertificate(const access::Policy& policy) {
  const auto does = [](const access::Rule& rule) {
    return rule.kind == access::Rule::Kind::kDns || rule.kind == access::Rule::Kind::kUri;
  };
  return std::ranges::any_of(policy.viewers, does) || std::ranges::any_of(policy.operators, does) ||
         std::ranges::any_of(policy.admins, does);
}

}  // namespace fairlead::daemon
