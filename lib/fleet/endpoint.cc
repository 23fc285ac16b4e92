#include "fleet/endpoint.h"

#include <string_view>

namespace fairlead::fleet {
namespace {

constexpr std::string_view kSharedNamespace = "container:";
constexpr std::string_view kHostLoopback = "127.0.0.1";

bool IsChecked(spec::HealthProtocol protocol) {
  return protocol != spec::HealthProtocol::kDocker && protocol != spec::HealthProtocol::kNone;
}

}  // namespace

std::optional<std::string> Reach::ip() const {
  if (is_host_network) return std::string(kHostLoopback);
  for (const NetworkAddress& address : addresses) {
    if (!address.ipv4.empty()) return address.ipv4;
  }
  return addresses.empty() ? std::nullopt : std::optional(addresses.front().ipv6);
}

std::optional<ContainerId> NamespaceOwner(const ContainerFacts& facts) {
  if (!facts.network_mode.starts_with(kSharedNamespace)) return std::nullopt;
  return ContainerId(facts.network_mode.substr(kSharedNamespace.size()));
}

Reach ReachOf(const Replica& replica, const ContainerFacts* owner) {
  const bool is_shared = NamespaceOwner(replica.facts).has_value();
  if (is_shared && !owner) return {};
  const ContainerFacts& facts = is_shared ? *owner : replica.facts;
  Reach reach;
  reach.is_host_network = facts.network_mode == "host";
  if (reach.is_host_network) return reach;
  for (const NetworkAddress& address : facts.networks) {
    if (!replica.spec.network.empty() && address.network != replica.spec.network) continue;
    if (!address.ipv4.empty() || !address.ipv6.empty()) reach.addresses.push_back(address);
  }
  return reach;
}

std::optional<spec::CheckTarget> TargetOf(const Replica& replica, const Reach& reach) {
  const auto ip = reach.ip();
  if (!replica.is_running() || !IsChecked(replica.spec.health.protocol) || !ip) return std::nullopt;
  return spec::CheckTarget{.generation = replica.generation(),
                           .ip = *ip,
                           .port = replica.spec.health.port,
                           .health = replica.spec.health};
}

Endpoint EndpointOf(const Replica& replica, const Reach& reach, bool is_panic) {
  Endpoint endpoint;
  endpoint.replica = replica.name;
  endpoint.generation = replica.generation();
  endpoint.port = replica.spec.port;
  endpoint.addresses = reach.addresses;
  for (const PublishedPort& port : replica.facts.published_tcp_ports) {
    if (port.container_port == replica.spec.port) endpoint.published.push_back(port);
  }
  endpoint.host_network = reach.is_host_network;
  endpoint.weight = replica.spec.weight;
  endpoint.is_panic = is_panic;
  return endpoint;
}

}  // namespace fairlead::fleet
