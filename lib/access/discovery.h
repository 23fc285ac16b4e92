// Which projects a client of discovery sees that is known by its certificate alone. Pure.
//
// Why: a client on the host or in one of its containers is recognised by the kernel's and the
// engine's word, and sees every project, as ever. Of one from elsewhere there is only what its
// certificate says, and what is not allowed to that is not told: nobody sees anything by default.
// Threads: any; values.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/rule.h"

namespace fairlead::access {

// Names of projects; nothing: every one.
using Projects = std::optional<std::set<std::string>>;

// One entry of access.discovery. `who` is of the kinds kDns and kUri.
struct DiscoveryRule {
  Rule who;
  Projects projects = std::set<std::string>();
  bool operator==(const DiscoveryRule&) const = default;
};

struct DiscoveryPolicy {
  std::vector<DiscoveryRule> rules = {};
  // Of the certificates that fairlead writes for services, service_tls.trust_domain: each sees its
  // own project, without a rule. Empty: no such certificates.
  std::string trust_domain = {};
};

// What any rule that means one of `names` allows, taken together. `names`: as Caller::names.
Projects ProjectsOf(const DiscoveryPolicy& policy, const std::vector<std::string>& names);

// Who it is, for records: "spiffe://corp/ops/alice", or its address for one without a name.
std::string ClientActor(const std::vector<std::string>& names, std::string_view address);

// What to write so that it sees `project`, or something at all where that is empty:
// "have {\"identity\": \"URI:spiffe://corp/web\", \"projects\": [\"shop\"]} put into
// access.discovery of the daemon's config".
std::string DiscoveryAdvice(const std::vector<std::string>& names, std::string_view project);

}  // namespace fairlead::access
