#include "access/discovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "access/caller.h"
#include "base/text.h"

namespace fairlead::access {
namespace {

bool IsSegment(std::string_view text) {
  return !text.empty() && text.front() != '.' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
             std::string_view::npos;
}

// "shop" of "URI:spiffe://fairlead.internal/shop/user-service", which is a service's and nothing
// else's (spec/service_identity.h); empty for every other name.
std::string_view OwnProject(std::string_view name, std::string_view trust_domain) {
  const std::string prefix = fmt::format("URI:spiffe://{}/", trust_domain);
  if (trust_domain.empty() || !name.starts_with(prefix)) return {};
  name.remove_prefix(prefix.size());
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view project = name.substr(0, slash);
  return IsSegment(project) && IsSegment(name.substr(slash + 1)) ? project : std::string_view();
}

}  // namespace

Projects ProjectsOf(const DiscoveryPolicy& policy, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  const Caller caller{.names = names};
  for (const DiscoveryRule& rule : policy.rules) {
    if (!rule.who.Means(caller, 0)) continue;
    if (!rule.projects) return std::nullopt;
    seen.insert(rule.projects->begin(), rule.projects->end());
  }
  for (const std::string& name : names) {
    const std::string_view own = OwnProject(name, policy.trust_domain);
    if (!own.empty()) seen.emplace(own);
  }
  return seen;
}

std::string ClientActor(const std::vector<std::string>& names, std::string_view address) {
  return names.empty() ? Printable(address, kActorBytesMax) : ActorOf({.names = names});
}

std::string DiscoveryAdvice(const std::vector<std::string>& names, std::string_view project) {
  const std::string meant = project.empty() ? "PROJECT" : Printable(project, 100);
  for (const std::string& name : names) {
    if (!ParseRule(name)) continue;
    return fmt::format(
        "have {{\"identity\": \"{}\", \"projects\": [\"{}\"]}} put into access.discovery of the "
        "daemon's config",
        name, meant);
  }
  return fmt::format(
      "give it a certificate whose subjectAltName is a DNS name or a URI, and have that put into "
      "access.discovery of the daemon's config with [\"{}\"]",
      meant);
}

}  // namespace fairlead::access
