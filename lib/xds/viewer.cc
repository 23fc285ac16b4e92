#include "xds/viewer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "xds/transport_security.h"

namespace fairlead::xds {
namespace {

const std::string kLoopback = "127.0.0.1";
const std::string kLoopback6 = "::1";

bool IsOf(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return inet_pton(family, text.c_str(), buffer.data()) == 1;
}

std::optional<SocketAddress> ContainerAddress(const Viewer& viewer, const fleet::Endpoint& endpoint,
                                              std::uint16_t port) {
  const auto is_reachable = [&](const NetworkAddress& address) {
    return viewer.network_ids ? viewer.network_ids->contains(address.network_id)
                              : address.is_host_routable;
  };
  for (const NetworkAddress& address : endpoint.addresses) {
    if (is_reachable(address) && IsOf(AF_INET, address.ipv4)) {
      return SocketAddress{address.ipv4, port};
    }
  }
  for (const NetworkAddress& address : endpoint.addresses) {
    if (is_reachable(address) && IsOf(AF_INET6, address.ipv6)) {
      return SocketAddress{address.ipv6, port};
    }
  }
  return std::nullopt;
}

// The first port that is published under an address of the family; `any` and, for IPv4, no address
// mean every one of them.
std::optional<SocketAddress> PublishedOn(int family, const std::string& any,
                                         const std::string& loopback,
                                         const fleet::Endpoint& endpoint, std::uint16_t port) {
  for (const PublishedPort& published : endpoint.published) {
    if (published.container_port != port || published.host_port == 0) {
      continue;
    }
    const std::string& ip = published.host_ip.empty() ? "0.0.0.0" : published.host_ip;
    if (IsOf(family, ip)) {
      return SocketAddress{ip == any ? loopback : ip, published.host_port};
    }
  }
  return std::nullopt;
}

// For who is off the host. The address by which it came is known to reach the host; another is
// taken on the word of whoever published the port there.
std::optional<SocketAddress> AddressOffHost(const std::string& host_address,
                                            const fleet::Endpoint& endpoint, std::uint16_t port) {
  if (endpoint.host_network) return SocketAddress{host_address, port};
  const bool is_v6 = IsOf(AF_INET6, host_address);
  std::optional<SocketAddress> other;
  for (const PublishedPort& published : endpoint.published) {
    if (published.container_port != port || published.host_port == 0) continue;
    const std::string& ip = published.host_ip.empty() ? "0.0.0.0" : published.host_ip;
    if (ip == host_address || ip == (is_v6 ? "::" : "0.0.0.0"))
      return SocketAddress{host_address, published.host_port};
    const bool is_of_host_alone =
        ip == "0.0.0.0" || ip == "::" || ip.starts_with("127.") || ip == kLoopback6;
    if (!other && !is_of_host_alone && IsIpLiteral(ip))
      other = SocketAddress{ip, published.host_port};
  }
  return other;
}

std::optional<SocketAddress> PublishedAddress(const fleet::Endpoint& endpoint, std::uint16_t port) {
  auto address = PublishedOn(AF_INET, "0.0.0.0", kLoopback, endpoint, port);
  return address ? address : PublishedOn(AF_INET6, "::", kLoopback6, endpoint, port);
}

Security FirstSpoken(const fleet::Endpoint& endpoint) {
  return Speaks(endpoint, Security::kPlaintext) ? Security::kPlaintext : Security::kTls;
}

}  // namespace

bool IsIpLiteral(const std::string& text) {
  return IsOf(AF_INET, text) || IsOf(AF_INET6, text);
}

std::optional<SocketAddress> AddressFor(const Viewer& viewer, const fleet::Endpoint& endpoint,
                                        Security security) {
  const std::uint16_t port = security == Security::kTls ? endpoint.tls_port : endpoint.port;
  if (port == 0) {
    return std::nullopt;
  }
  if (viewer.host_address) {
    return AddressOffHost(*viewer.host_address, endpoint, port);
  }
  if (viewer.is_on_host() && endpoint.host_network) {
    return SocketAddress{kLoopback, port};
  }
  if (auto address = ContainerAddress(viewer, endpoint, port)) {
    return address;
  }
  return viewer.is_on_host() ? PublishedAddress(endpoint, port) : std::nullopt;
}

std::vector<WeighedAddress> Reachable(const Viewer& viewer, const fleet::ServiceView& view,
                                      std::optional<Security> security) {
  std::vector<WeighedAddress> reachable;
  std::set<SocketAddress> seen;
  if (!viewer.Sees(view.name.project)) {
    return reachable;
  }
  for (const fleet::Endpoint& endpoint : view.endpoints) {
    const Security spoken = security.value_or(FirstSpoken(endpoint));
    if (!Speaks(endpoint, spoken)) {
      continue;
    }
    const auto address = AddressFor(viewer, endpoint, spoken);
    if (address && endpoint.weight > 0 && seen.insert(*address).second) {
      reachable.push_back({*address, endpoint.weight, endpoint.priority});
    }
  }
  return reachable;
}

std::vector<WeighedAddress> FirstGroup(std::vector<WeighedAddress> reachable) {
  const auto first = std::ranges::min_element(reachable, {}, &WeighedAddress::priority);
  if (first == reachable.end()) {
    return reachable;
  }
  std::erase_if(reachable, [priority = first->priority](const WeighedAddress& one) {
    return one.priority != priority;
  });
  return reachable;
}

std::vector<std::string> LeftOut(const Viewer& viewer, const fleet::ServiceView& view,
                                 Security security) {
  std::vector<std::string> left_out;
  for (const fleet::Endpoint& endpoint : view.endpoints) {
    if (Speaks(endpoint, security) && !AddressFor(viewer, endpoint, security)) {
      left_out.push_back(endpoint.replica);
    }
  }
  return left_out;
}

namespace {

std::string TextOf(const SocketAddress& address) {
  const bool is_v6 = address.ip.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(address.port);
}

std::string HostSource(const fleet::Endpoint& endpoint, const SocketAddress& address) {
  if (endpoint.host_network) return "it is on the host's own network";
  for (const NetworkAddress& own : endpoint.addresses) {
    if (own.ipv4 == address.ip || own.ipv6 == address.ip) return "the host has a route to it";
  }
  return "published port";
}

// What is told with the address to those who are told of standbys.
std::string WithPriority(const fleet::Endpoint& endpoint, std::string source) {
  return endpoint.priority == 0 ? source
                                : source + ", of priority " + std::to_string(endpoint.priority);
}

// Its address is that by which each has come, so it is shown by a word.
fleet::Sight SightOffHost(const fleet::Endpoint& endpoint, Security security) {
  constexpr const char* kAnyHost = "0.0.0.0";
  const auto address = AddressFor(Viewer{.host_address = kAnyHost}, endpoint, security);
  fleet::Sight sight{"clients off the host", "", "its port is not published for them"};
  if (address) {
    sight.address =
        address->ip == kAnyHost ? "HOST:" + std::to_string(address->port) : TextOf(*address);
    sight.source = WithPriority(
        endpoint, endpoint.host_network ? "it is on the host's own network" : "published port");
  }
  return sight;
}

}  // namespace

std::set<std::string> AddressesOf(const fleet::Endpoint& endpoint) {
  constexpr const char* kAnyHost = "0.0.0.0";
  std::vector<Viewer> viewers = {Viewer{}, Viewer{.host_address = kAnyHost}};
  for (const NetworkAddress& own : endpoint.addresses)
    viewers.push_back({.network_ids = {{own.network_id}}});
  std::set<std::string> known;
  for (const Security security : kSecurities) {
    for (const Viewer& viewer : viewers) {
      const auto address = AddressFor(viewer, endpoint, security);
      const bool is_known = address && address->ip != kAnyHost && Speaks(endpoint, security);
      if (is_known) known.insert(TextOf(*address));
    }
  }
  return known;
}

std::vector<fleet::Sight> SightsOf(const fleet::Endpoint& endpoint) {
  std::vector<fleet::Sight> sights;
  const Security security = FirstSpoken(endpoint);
  const auto host = AddressFor(Viewer{}, endpoint, security);
  sights.push_back({"the host", host ? TextOf(*host) : "",
                    host ? WithPriority(endpoint, HostSource(endpoint, *host))
                         : "no route to any of its addresses, and its port is not published"});
  for (const NetworkAddress& own : endpoint.addresses) {
    const auto address = AddressFor(Viewer{.network_ids = {{own.network_id}}}, endpoint, security);
    sights.push_back({"containers on " + own.network, address ? TextOf(*address) : "",
                      address ? WithPriority(endpoint, "its address on that network")
                              : "it has no address there"});
  }
  sights.push_back({"containers elsewhere", "", "they share no network with it"});
  sights.push_back(SightOffHost(endpoint, security));
  return sights;
}

}  // namespace fairlead::xds
