#include "access_policy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "access/discovery.h"

namespace fairlead::daemon {

access::Policy AccessOf(const config::AccessConfig& config, std::uint32_t own_uid) {
  return {.viewers = config.viewers,
          .operators = config.operators,
          .admins = config.admins,
          .own_uid = own_uid};
}

xds::ProjectsOf SeenBy(const config::AccessConfig& config, std::string trust_domain) {
  return [policy = access::DiscoveryPolicy{.rules = config.discovery,
                                           .trust_domain = std::move(trust_domain)}](
             const std::vector<std::string>& names) { return access::ProjectsOf(policy, names); };
}

bool NamesACertificate(const access::Policy& policy) {
  const auto does = [](const access::Rule& rule) {
    return rule.kind == access::Rule::Kind::kDns || rule.kind == access::Rule::Kind::kUri;
  };
  return std::ranges::any_of(policy.viewers, does) || std::ranges::any_of(policy.operators, does) ||
         std::ranges::any_of(policy.admins, does);
}

}  // namespace fairlead::daemon
