#include "fleet/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "spec/diagnostic_codes.h"

namespace fairlead::fleet {
namespace {

constexpr std::string_view kSharedNamespace = "container:";
constexpr std::string_view kHostLoopback = "127.0.0.1";
constexpr std::string_view kHostLoopback6 = "::1";

// The addresses that our checks could ask by `way`, IPv4 first.
std::vector<std::string> Addresses(const Reach& reach, CheckWay way) {
  std::vector<std::string> ips;
  for (const auto family : {&NetworkAddress::ipv4, &NetworkAddress::ipv6}) {
    for (const NetworkAddress& address : reach.addresses) {
      const bool is_on_way = way != CheckWay::kDirect || address.is_host_routable;
      if (is_on_way && !(address.*family).empty()) ips.push_back(address.*family);
    }
  }
  return ips;
}

// Where a published port is answered on this host; nothing when `port` is not published.
std::optional<PublishedPort> PublishedHere(const Reach& reach, std::uint16_t port) {
  for (PublishedPort published : reach.published) {
    if (published.container_port != port || published.host_port == 0) continue;
    if (published.host_ip.empty() || published.host_ip == "0.0.0.0") {
      published.host_ip = kHostLoopback;
    } else if (published.host_ip == "::") {
      published.host_ip = kHostLoopback6;
    }
    return published;
  }
  return std::nullopt;
}

std::string Choose(const std::vector<std::string>& ips, const Replica& replica) {
  const bool is_asked = replica.target && replica.target->generation == replica.generation();
  const bool stays = is_asked && std::ranges::find(ips, replica.target->ip) != ips.end();
  return stays ? replica.target->ip : ips.front();
}

}  // namespace

bool IsChecked(spec::HealthProtocol protocol) {
  return protocol != spec::HealthProtocol::kDocker && protocol != spec::HealthProtocol::kNone;
}

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

bool IsAddressOf(const Replica& replica, const NetworkAddress& address) {
  if (!replica.spec.network.empty() && address.network != replica.spec.network) return false;
  return !address.ipv4.empty() || !address.ipv6.empty();
}

bool IsOnHostNetwork(const ContainerFacts& facts) {
  return facts.network_mode == "host";
}

Reach ReachOf(const Replica& replica, const ContainerFacts* owner) {
  const bool is_shared = NamespaceOwner(replica.facts).has_value();
  if (is_shared && !owner) return {};
  const ContainerFacts& facts = is_shared ? *owner : replica.facts;
  Reach reach;
  reach.is_host_network = IsOnHostNetwork(facts);
  reach.published = facts.published_tcp_ports;
  if (reach.is_host_network) return reach;
  for (const NetworkAddress& address : facts.networks) {
    if (IsAddressOf(replica, address)) reach.addresses.push_back(address);
  }
  return reach;
}

CheckWay CheckWayOf(const Replica& replica, const Reach& reach) {
  if (reach.is_host_network || !Addresses(reach, CheckWay::kDirect).empty()) {
    return CheckWay::kDirect;
  }
  if (replica.facts.pid_start_ticks != 0 && replica.facts.namespace_obstacle.empty()) {
    return CheckWay::kInside;
  }
  return PublishedHere(reach, replica.spec.health.port) ? CheckWay::kPublished : CheckWay::kNone;
}

std::optional<spec::CheckTarget> TargetOf(const Replica& replica, const Reach& reach) {
  if (!replica.is_running() || !IsChecked(replica.spec.health.protocol) || !reach.is_reachable())
    return std::nullopt;
  const CheckWay way = CheckWayOf(replica, reach);
  spec::CheckTarget target{.generation = replica.generation(),
                           .ip = std::string(kHostLoopback),
                           .port = replica.spec.health.port,
                           .health = replica.spec.health,
                           .liveness_service = replica.spec.liveness.service.value_or("")};
  if (way == CheckWay::kPublished) {
    const PublishedPort published = *PublishedHere(reach, replica.spec.health.port);
    target.ip = published.host_ip;
    target.port = published.host_port;
    target.is_published = true;
    return target;
  }
  if (!reach.is_host_network) target.ip = Choose(Addresses(reach, way), replica);
  for (const NetworkAddress& address : reach.addresses) {
    if (address.ipv4 == target.ip || address.ipv6 == target.ip) target.network = address.network_id;
  }
  if (way == CheckWay::kDirect) return target;
  target.inside = spec::NetworkNamespace{.container = replica.facts.id,
                                         .pid = replica.facts.pid,
                                         .start_ticks = replica.facts.pid_start_ticks,
                                         .obstacle = replica.facts.namespace_obstacle};
  if (way == CheckWay::kNone && target.inside->obstacle.empty()) {
    target.inside->obstacle = "its process is not seen from here";
  }
  return target;
}

std::optional<spec::Diagnostic> WayDiagnostic(const Replica& replica, const Reach& reach) {
  const auto target = TargetOf(replica, reach);
  if (!target) return std::nullopt;
  spec::Diagnostic diagnostic{.severity = spec::Severity::kWarning,
                              .code = std::string(spec::codes::kCheckByPublishedPort),
                              .subject = "fairlead.health.port",
                              .message = {},
                              .hint = {}};
  const std::string& obstacle = replica.facts.namespace_obstacle;
  if (target->is_published) {
    diagnostic.message = fmt::format(
        "checked through its published port {}:{}: this host has no route to it, and {}",
        target->ip, target->port, obstacle);
    diagnostic.hint =
        "what listens there is taken for the replica; let fairleadd enter its network "
        "to ask itself";
    return diagnostic;
  }
  if (!target->inside || target->inside->obstacle.empty()) return std::nullopt;
  diagnostic.code = spec::codes::kCheckNoWay;
  diagnostic.message = fmt::format("not checked: this host has no route to {}, and {}", target->ip,
                                   target->inside->obstacle);
  diagnostic.hint =
      "run fairleadd in the host's PID namespace with SYS_ADMIN and SYS_PTRACE, publish the port, "
      "or attach the replica to a bridge network";
  return diagnostic;
}

Endpoint EndpointOf(const Replica& replica, const Reach& reach, bool is_panic) {
  Endpoint endpoint;
  endpoint.replica = replica.name;
  endpoint.generation = replica.generation();
  endpoint.port = replica.spec.port;
  endpoint.addresses = reach.addresses;
  const spec::TlsSpec& tls = replica.spec.traffic.tls;
  endpoint.tls_port = tls.is_on() ? tls.port : std::uint16_t{0};
  endpoint.plaintext = !tls.is_on() || tls.mode == spec::TlsMode::kPermissive;
  for (const PublishedPort& port : reach.published) {
    if (port.container_port == endpoint.port || port.container_port == endpoint.tls_port) {
      endpoint.published.push_back(port);
    }
  }
  endpoint.host_network = reach.is_host_network;
  endpoint.weight = replica.spec.weight;
  endpoint.priority = replica.spec.priority;
  endpoint.is_panic = is_panic;
  return endpoint;
}

}  // namespace fairlead::fleet
