#include "xds/callable.h"

#include <algorithm>
#include <optional>

#include "xds/transport_security.h"

namespace fairlead::xds {
namespace {

std::optional<CallableReplica> CallableOne(const Viewer& viewer, const fleet::ServiceView& view,
                                           const fleet::Endpoint& endpoint) {
  if (endpoint.weight == 0) return std::nullopt;
  for (const Security security : {Security::kTls, Security::kPlaintext}) {
    if (security == Security::kTls && !view.traffic.tls.is_on()) continue;
    if (!Speaks(endpoint, security)) continue;
    if (const auto address = AddressFor(viewer, endpoint, security))
      return CallableReplica{&endpoint, *address, security};
  }
  return std::nullopt;
}

}  // namespace

std::vector<CallableReplica> CallableNow(const Viewer& viewer, const fleet::ServiceView& view) {
  std::vector<CallableReplica> callable;
  if (!viewer.Sees(view.name.project)) return callable;
  for (const fleet::Endpoint& endpoint : view.endpoints) {
    const std::optional<CallableReplica> one = CallableOne(viewer, view, endpoint);
    if (!one) continue;
    // A standby behind others that nobody can call is no standby.
    const bool is_nearer =
        !callable.empty() && endpoint.priority < callable.front().endpoint->priority;
    if (is_nearer) callable.clear();
    if (callable.empty() || endpoint.priority == callable.front().endpoint->priority)
      callable.push_back(*one);
  }
  return callable;
}

}  // namespace fairlead::xds
