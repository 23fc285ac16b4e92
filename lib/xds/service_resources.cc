#include "xds/service_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "xds/connection_manager.h"
#include "xds/message_encoding.h"
#include "xds/route_rules.h"

namespace fairlead::xds {
namespace {

namespace cluster_v3 = envoy::config::cluster::v3;
namespace core_v3 = envoy::config::core::v3;
namespace endpoint_v3 = envoy::config::endpoint::v3;
namespace upstreams_v3 = envoy::extensions::upstreams::http::v3;

constexpr int kDefaultWeight = 100;
// Both kinds of client stop at 1024 concurrent calls per cluster unless told otherwise, and Envoy
// at 3 concurrent retries: a limit that nobody asked for. Ours is out of reach of one process.
constexpr std::uint32_t kUnlimited = 1'000'000'000;
// A TCP handshake on one host takes microseconds; Envoy's own default of 5 s hides a dead replica.
constexpr std::int64_t kConnectTimeoutSeconds = 1;

void AddEndpoint(endpoint_v3::LocalityLbEndpoints& locality, const WeighedAddress& weighed,
                 bool has_weight) {
  endpoint_v3::LbEndpoint& endpoint = *locality.add_lb_endpoints();
  auto& socket = *endpoint.mutable_endpoint()->mutable_address()->mutable_socket_address();
  socket.set_address(weighed.address.ip);
  socket.set_port_value(weighed.address.port);
  if (has_weight) {
    endpoint.mutable_load_balancing_weight()->set_value(static_cast<std::uint32_t>(weighed.weight));
  }
}

// What callers of one viewer class reach with one label's value, under the number of its turn.
struct PriorityGroup {
  int label = 0;
  std::uint32_t number = 0;
  std::vector<const WeighedAddress*> members;
};

// Numbered without gaps, by the label: C-core, Go and Java refuse a list with a gap.
std::vector<PriorityGroup> GroupsOf(std::span<const WeighedAddress> reachable) {
  std::map<int, std::vector<const WeighedAddress*>> by_label;
  for (const WeighedAddress& weighed : reachable) by_label[weighed.priority].push_back(&weighed);
  std::vector<PriorityGroup> groups;
  for (auto& [label, members] : by_label) {
    const auto number = static_cast<std::uint32_t>(groups.size());
    groups.push_back({.label = label, .number = number, .members = std::move(members)});
  }
  return groups;
}

// The locality says the label and not the number: the number of a standby changes when it takes
// over, and an address that moves to another locality has corrupted Envoy's host sets (its #12392).
// Label 0 is where everybody is who has none, so that nobody moves when a standby joins.
void AddGroup(const PriorityGroup& group, endpoint_v3::ClusterLoadAssignment& assignment) {
  endpoint_v3::LocalityLbEndpoints& locality = *assignment.add_endpoints();
  locality.mutable_locality()->set_region("fairlead");
  if (group.label != 0) {
    locality.mutable_locality()->set_sub_zone(fmt::format("priority-{}", group.label));
  }
  locality.mutable_load_balancing_weight()->set_value(1);
  locality.set_priority(group.number);
  // An absent weight counts as 1, so either all of a group have one or none.
  const bool has_weights = std::ranges::any_of(
      group.members, [](const WeighedAddress* one) { return one->weight != kDefaultWeight; });
  for (const WeighedAddress* one : group.members) {
    AddEndpoint(locality, *one, has_weights);
  }
}

cluster_v3::Cluster::LbPolicy Policy(spec::LbPolicy policy, Flavour flavour) {
  switch (policy) {
    case spec::LbPolicy::kRingHash:
      return flavour == Flavour::kGrpcNoRing ? cluster_v3::Cluster::ROUND_ROBIN
                                             : cluster_v3::Cluster::RING_HASH;
    case spec::LbPolicy::kLeastRequest:
      // C-core and Node refuse a cluster with LEAST_REQUEST.
      return flavour == Flavour::kEnvoy ? cluster_v3::Cluster::LEAST_REQUEST
                                        : cluster_v3::Cluster::ROUND_ROBIN;
    case spec::LbPolicy::kRoundRobin:
      break;
  }
  return cluster_v3::Cluster::ROUND_ROBIN;
}

void SetForEnvoy(cluster_v3::Cluster& cluster) {
  cluster.mutable_connect_timeout()->set_seconds(kConnectTimeoutSeconds);
  // Who is well is decided here: Envoy must neither bring hosts back in a panic nor keep removed
  // ones.
  cluster.mutable_common_lb_config()->mutable_healthy_panic_threshold()->set_value(0);
  cluster.set_ignore_health_on_host_removal(true);
  auto& thresholds = *cluster.mutable_circuit_breakers()->mutable_thresholds(0);
  thresholds.mutable_max_connections()->set_value(kUnlimited);
  thresholds.mutable_max_pending_requests()->set_value(kUnlimited);
  thresholds.mutable_max_retries()->set_value(kUnlimited);
  upstreams_v3::HttpProtocolOptions http2;
  http2.mutable_explicit_http_config()->mutable_http2_protocol_options();
  (*cluster.mutable_typed_extension_protocol_options())
      ["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] = Pack(http2);
}

envoy::config::route::v3::RouteConfiguration GrpcRoute(const fleet::ServiceView& view) {
  const std::string name = ResourceName(view.name);
  envoy::config::route::v3::RouteConfiguration route;
  route.set_name(name);
  *route.add_virtual_hosts() = MakeVirtualHost(name, {"*"}, view.traffic, Flavour::kGrpc);
  return route;
}

// Each name with the port besides, unless there is none.
void AddPort(std::uint16_t port, std::vector<std::string>& names) {
  if (port == 0) {
    return;
  }
  for (std::size_t i = 0, count = names.size(); i < count; ++i) {
    names.push_back(fmt::format("{}:{}", names[i], port));
  }
}

ResourcePtr Encode(const endpoint_v3::ClusterLoadAssignment& assignment) {
  return EncodeResource(ResourceType::kEndpoints, assignment.cluster_name(), Serialise(assignment));
}

}  // namespace

std::string ResourceName(const ServiceName& service) {
  return service.Text();
}

std::vector<std::string> DialNames(const fleet::ServiceView& view, bool has_short_name) {
  std::vector<std::string> names = {view.name.Text()};
  if (has_short_name) {
    names.push_back(view.name.service);
  }
  AddPort(view.port, names);
  return names;
}

std::vector<std::string> ShortDialNames(const fleet::ServiceView& view) {
  std::vector<std::string> names = {view.name.service};
  AddPort(view.port, names);
  return names;
}

ResourcePtr MakeEndpoints(const ServiceName& service, std::span<const WeighedAddress> reachable) {
  endpoint_v3::ClusterLoadAssignment assignment;
  assignment.set_cluster_name(ResourceName(service));
  for (const PriorityGroup& group : GroupsOf(reachable)) {
    AddGroup(group, assignment);
  }
  return Encode(assignment);
}

ResourcePtr MakeCluster(const fleet::ServiceView& view, Flavour flavour) {
  cluster_v3::Cluster cluster;
  const std::string name = ResourceName(view.name);
  cluster.set_name(name);
  cluster.set_type(cluster_v3::Cluster::EDS);
  auto& eds = *cluster.mutable_eds_cluster_config();
  eds.mutable_eds_config()->mutable_ads();
  eds.mutable_eds_config()->set_resource_api_version(core_v3::V3);
  eds.set_service_name(name);
  cluster.set_lb_policy(Policy(view.traffic.policy, flavour));
  if (cluster.lb_policy() == cluster_v3::Cluster::RING_HASH) {
    cluster.mutable_ring_hash_lb_config()->set_hash_function(
        cluster_v3::Cluster::RingHashLbConfig::XX_HASH);
  }
  cluster.mutable_circuit_breakers()->add_thresholds()->mutable_max_requests()->set_value(
      kUnlimited);
  if (flavour == Flavour::kEnvoy) {
    SetForEnvoy(cluster);
  } else {
    // Envoy does not read this field: its bootstrap says where loads go, of all clusters.
    cluster.mutable_lrs_server()->mutable_self();
  }
  return EncodeResource(ResourceType::kCluster, name, Serialise(cluster));
}

ResourcePtr MakeGrpcListener(const std::string& dial_name, const fleet::ServiceView& view) {
  envoy::config::listener::v3::Listener listener;
  listener.set_name(dial_name);
  *listener.mutable_api_listener()->mutable_api_listener() =
      Pack(MakeConnectionManager(GrpcRoute(view)));
  return EncodeResource(ResourceType::kListener, dial_name, Serialise(listener));
}

ResourcePtr MakeGrpcRoute(const fleet::ServiceView& view) {
  return EncodeResource(ResourceType::kRoute, ResourceName(view.name), Serialise(GrpcRoute(view)));
}

}  // namespace fairlead::xds
