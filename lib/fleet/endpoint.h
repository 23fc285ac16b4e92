// Where a replica can be reached: by our checks, and by callers.
//
// Why here: an address comes only from what the engine says about the container (or about the
// container whose network namespace it shares), narrowed to fairlead.network; never from a label.
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "fleet/replica.h"
#include "fleet/view.h"
#include "spec/check.h"

namespace fairlead::fleet {

struct Reach {
  bool is_host_network = false;
  std::vector<NetworkAddress> addresses;  // with at least one address each

  bool is_reachable() const { return is_host_network || !addresses.empty(); }
  // The first IPv4 address, else the first IPv6 one, else nothing. Loopback on the host's network.
  std::optional<std::string> ip() const;
};

// The container whose network namespace this one shares ("container:<id>"); nothing for its own.
std::optional<ContainerId> NamespaceOwner(const ContainerFacts& facts);

// `owner` are the facts of NamespaceOwner() when known, else null.
Reach ReachOf(const Replica& replica, const ContainerFacts* owner);

// What to ask; nothing when the readiness does not come from checks, or nobody could be asked.
std::optional<spec::CheckTarget> TargetOf(const Replica& replica, const Reach& reach);

Endpoint EndpointOf(const Replica& replica, const Reach& reach, bool is_panic);

}  // namespace fairlead::fleet
