// The kernel's routing interface as bytes and values: rtnetlink(7) without a socket.
//
// Why pure: what a route or an interface says is judged here, so that each odd answer is a test.
// Threads: none. Whatever does not fit its announced length is ignored or refused, never read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace fairlead::netdiag {

using Bytes = std::vector<std::byte>;

// The way to one address, as the kernel would send a packet there.
struct Route {
  bool exists = false;       // false: none, or one that forbids
  bool is_local = false;     // the address is this namespace's own
  bool has_gateway = false;  // somebody else passes it on
  int prefix_bits = 0;       // of the entry that matched; 0 = the default route
  int interface = 0;         // index
  bool operator==(const Route&) const = default;
};

// Reached directly: neither through a gateway nor because everything goes that way.
constexpr bool IsOnLink(const Route& route) {
  return route.exists && (route.is_local || (!route.has_gateway && route.prefix_bits > 0));
}

// RTM_GETROUTE for a literal IPv4 or IPv6 address; kInvalidArgument for anything else.
Result<Bytes> RouteQuestion(const std::string& ip);
// The datagram that answers it. kInternal: an error that says nothing about the address;
// kDataLoss: not such an answer.
Result<Route> ReadRoute(std::span<const std::byte> answer);

// Interfaces of one namespace: their kinds by index ("veth", "macvlan", "bridge"; "" = hardware or
// loopback), and the index by address.
struct Interfaces {
  std::map<int, std::string> kinds;
  std::map<std::string, int> by_ip;

  // Whether `ip` is on an interface that shares its parent's wire but never talks to the parent's
  // host: macvlan, ipvlan and their tap kinds.
  bool is_cut_off(const std::string& ip) const;
  bool operator==(const Interfaces&) const = default;
};
bool IsCutOffKind(const std::string& kind);

Bytes LinksQuestion();      // RTM_GETLINK, all
Bytes AddressesQuestion();  // RTM_GETADDR, all
// Adds what one datagram of either answer says. True when the answer goes on in another datagram.
Result<bool> ReadInterfaces(std::span<const std::byte> answer, Interfaces& into);

}  // namespace fairlead::netdiag
