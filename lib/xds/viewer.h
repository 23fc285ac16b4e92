// Viewer: from where a client looks at replicas, and at which; so what addresses it is told.
//
// Why: a container has one address per network, and not every client can reach each; and who comes
// from elsewhere is told of the projects alone that it may see. Both are a function of this value.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fleet/view.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

struct Viewer {
  // Ids of the networks that the client is attached to; nothing = it runs on the host itself, or in
  // a container on the host's network, or off the host.
  std::optional<std::set<std::string>> network_ids = {};
  // Of one off the host: the host's address by which it has come, a literal IP.
  std::optional<std::string> host_address = {};
  // Whose services it sees; nothing: every project's.
  std::optional<std::set<std::string>> projects = {};

  bool is_on_host() const { return !network_ids && !host_address; }
  bool Sees(const std::string& project) const { return !projects || projects->contains(project); }
  auto operator<=>(const Viewer&) const = default;
};

struct SocketAddress {
  std::string ip;  // a literal IPv4 or IPv6 address
  std::uint16_t port = 0;
  auto operator<=>(const SocketAddress&) const = default;
};

// Where `viewer` reaches what of `endpoint` speaks as `security` says; nothing when it cannot, and
// the replica is left out for it. In a container: an address on a shared network (IPv4 first). On
// the host: 127.0.0.1 for a replica on the host's network, the container's address where the host
// has a route to it (IPv4 first), else a published port (IPv4 first), on the loopback address where
// it is published on every address. Off the host: a published port (or that of a replica on
// the host's network) at the address by which the client has come, else at another of the host's
// that the port is published under by its owner's wish, but loopback.
std::optional<SocketAddress> AddressFor(const Viewer& viewer, const fleet::Endpoint& endpoint,
                                        Security security = Security::kPlaintext);

// One replica as `viewer` is told of it.
struct WeighedAddress {
  SocketAddress address;
  int weight = 0;    // 1..1000
  int priority = 0;  // 0..9, as labelled: it stands by while there are smaller ones
  bool operator==(const WeighedAddress&) const = default;
};

// What `viewer` is told of the service: in the view's order, without what it cannot reach, weight 0
// and repeated addresses; nothing of a project that it does not see. Of endpoints that do not speak
// as `security` says nothing; without it, of each what it speaks, plaintext first, for those who
// are told nothing of TLS and know by themselves.
std::vector<WeighedAddress> Reachable(const Viewer& viewer, const fleet::ServiceView& view,
                                      std::optional<Security> security = std::nullopt);

// Of what Reachable() gives those that take the calls now, in their order: the ones with the
// smallest priority. Whoever cannot tell a caller of standbys tells of these alone.
std::vector<WeighedAddress> FirstGroup(std::vector<WeighedAddress> reachable);

// Of those that speak so, the replicas in rotation that are left out for `viewer` because it can
// reach no address of them, in the view's order.
std::vector<std::string> LeftOut(const Viewer& viewer, const fleet::ServiceView& view,
                                 Security security = Security::kPlaintext);

// What each kind of viewer is told of `endpoint`: the host, containers on each of its networks, all
// others, and clients off the host.
std::vector<fleet::Sight> SightsOf(const fleet::Endpoint& endpoint);

// By which addresses clients may know `endpoint`, in plaintext and over TLS, each once: the host's,
// those on its networks, and one that it is published on.
std::set<std::string> AddressesOf(const fleet::Endpoint& endpoint);

// True for a literal IPv4 or IPv6 address: gRPC clients refuse anything else.
bool IsIpLiteral(const std::string& text);

}  // namespace fairlead::xds
