#include "xds/viewer.h"

#include <arpa/inet.h>

#include <array>

namespace fairlead::xds {
namespace {

const std::string kLoopback = "127.0.0.1";

std::optional<SocketAddress> ContainerAddress(const Viewer& viewer,
                                              const fleet::Endpoint& endpoint) {
  const auto is_reachable = [&](const NetworkAddress& address) {
    return viewer.network_ids ? viewer.network_ids->contains(address.network_id)
                              : address.is_host_routable;
  };
  for (const NetworkAddress& address : endpoint.addresses) {
    if (is_reachable(address) && IsIpLiteral(address.ipv4)) {
      return SocketAddress{address.ipv4, endpoint.port};
    }
  }
  for (const NetworkAddress& address : endpoint.addresses) {
    if (is_reachable(address) && IsIpLiteral(address.ipv6)) {
      return SocketAddress{address.ipv6, endpoint.port};
    }
  }
  return std::nullopt;
}

std::optional<SocketAddress> PublishedAddress(const fleet::Endpoint& endpoint) {
  for (const PublishedPort& published : endpoint.published) {
    if (published.container_port != endpoint.port || published.host_port == 0) {
      continue;
    }
    const std::string& ip = published.host_ip;
    const bool is_any = ip.empty() || ip == "0.0.0.0" || ip == "::";
    if (is_any || IsIpLiteral(ip)) {
      return SocketAddress{is_any ? kLoopback : ip, published.host_port};
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsIpLiteral(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return inet_pton(AF_INET, text.c_str(), buffer.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer.data()) == 1;
}

std::optional<SocketAddress> AddressFor(const Viewer& viewer, const fleet::Endpoint& endpoint) {
  if (endpoint.port == 0) {
    return std::nullopt;
  }
  const bool is_on_host = !viewer.network_ids.has_value();
  if (is_on_host && endpoint.host_network) {
    return SocketAddress{kLoopback, endpoint.port};
  }
  if (auto address = ContainerAddress(viewer, endpoint)) {
    return address;
  }
  return is_on_host ? PublishedAddress(endpoint) : std::nullopt;
}

}  // namespace fairlead::xds
