// Viewer: from where a client looks at replicas, and so which address it is told.
//
// Why: a container has one address per network, and not every client can reach each. The choice is
// a function of this value alone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "fleet/view.h"

namespace fairlead::xds {

struct Viewer {
  // Ids of the networks that the client is attached to; nothing = it runs on the host itself.
  std::optional<std::set<std::string>> network_ids;
};

struct SocketAddress {
  std::string ip;  // a literal IPv4 or IPv6 address
  std::uint16_t port = 0;
  auto operator<=>(const SocketAddress&) const = default;
};

// Where `viewer` reaches `endpoint`; nothing when it cannot, and the replica is left out for it.
// In a container: an address on a shared network. On the host: the container's address (IPv4
// first) where the host has a route to it, 127.0.0.1 for a replica on the host's network, else a
// published port.
std::optional<SocketAddress> AddressFor(const Viewer& viewer, const fleet::Endpoint& endpoint);

// True for a literal IPv4 or IPv6 address: gRPC clients refuse anything else.
bool IsIpLiteral(const std::string& text);

}  // namespace fairlead::xds
