// Where a replica can be reached: by our checks, and by callers.
//
// Why here: an address comes only from what the engine says about the container (or about the
// container whose network namespace it shares), narrowed to fairlead.network; never from a label.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/replica.h"
#include "fleet/view.h"
#include "spec/check.h"
#include "spec/diagnostic.h"

namespace fairlead::fleet {

struct Reach {
  bool is_host_network = false;
  std::vector<NetworkAddress> addresses;  // with at least one address each
  std::vector<PublishedPort> published;   // all, of the namespace

  bool is_reachable() const { return is_host_network || !addresses.empty(); }
  // For people: the first IPv4 address, else the first IPv6 one, else nothing. Loopback on the
  // host's network.
  std::optional<std::string> ip() const;
};

// How our own checks get to a replica, best first. Callers have ways of their own.
enum class CheckWay {
  kDirect,     // the host reaches the address
  kInside,     // it does not: the socket is made in the replica's network namespace
  kPublished,  // nor can that be entered: through a port that the engine publishes on this host
  kNone,       // nor is one published: checks say no-route, and what is missing
};

// False where no check of ours asks: the engine's HEALTHCHECK answers, or nobody.
bool IsChecked(spec::HealthProtocol protocol);

// The container whose network namespace this one shares ("container:<id>"); nothing for its own.
std::optional<ContainerId> NamespaceOwner(const ContainerFacts& facts);

// Whether a caller may use this address of its network: it is one, and on fairlead.network.
bool IsAddressOf(const Replica& replica, const NetworkAddress& address);
bool IsOnHostNetwork(const ContainerFacts& facts);

// `owner` are the facts of NamespaceOwner() when known, else null.
Reach ReachOf(const Replica& replica, const ContainerFacts* owner);

// REQUIRES: reach.is_reachable().
CheckWay CheckWayOf(const Replica& replica, const Reach& reach);

// What to ask; nothing when the readiness does not come from checks, or nobody could be asked. The
// first IPv4 address of the best way, else the first IPv6 one; but an address of that way that is
// asked already stays: a replica that merely gains a network is not asked anew.
std::optional<spec::CheckTarget> TargetOf(const Replica& replica, const Reach& reach);

// What people should know about the way of the checks: that it goes by a published port, or that
// there is none and what to do about it.
std::optional<spec::Diagnostic> WayDiagnostic(const Replica& replica, const Reach& reach);

Endpoint EndpointOf(const Replica& replica, const Reach& reach, bool is_panic);

}  // namespace fairlead::fleet
