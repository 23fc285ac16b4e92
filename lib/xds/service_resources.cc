#include "xds/service_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "xds/cluster_message.h"
#include "xds/connection_manager.h"
#include "xds/message_encoding.h"
#include "xds/route_rules.h"

namespace fairlead::xds {
namespace {

namespace endpoint_v3 = envoy::config::endpoint::v3;

constexpr int kDefaultWeight = 100;

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

envoy::config::route::v3::RouteConfiguration GrpcRoute(const fleet::ServiceView& view,
                                                       Security security) {
  envoy::config::route::v3::RouteConfiguration route;
  route.set_name(ResourceName(view.name));
  *route.add_virtual_hosts() =
      MakeVirtualHost(ResourceName(view.name, security), {"*"}, view.traffic, Flavour::kGrpc);
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

ResourcePtr MakeEndpoints(const std::string& name, std::span<const WeighedAddress> reachable) {
  endpoint_v3::ClusterLoadAssignment assignment;
  assignment.set_cluster_name(name);
  for (const PriorityGroup& group : GroupsOf(reachable)) {
    AddGroup(group, assignment);
  }
  return Encode(assignment);
}

ResourcePtr MakeCluster(const fleet::ServiceView& view, Flavour flavour) {
  const std::string name = ResourceName(view.name);
  return EncodeResource(ResourceType::kCluster, name,
                        Serialise(MakeClusterMessage(view, flavour, name)));
}

ResourcePtr MakeGrpcListener(const std::string& dial_name, const fleet::ServiceView& view,
                             Security security) {
  envoy::config::listener::v3::Listener listener;
  listener.set_name(dial_name);
  *listener.mutable_api_listener()->mutable_api_listener() =
      Pack(MakeConnectionManager(GrpcRoute(view, security)));
  return EncodeResource(ResourceType::kListener, dial_name, Serialise(listener));
}

ResourcePtr MakeGrpcRoute(const fleet::ServiceView& view, Security security) {
  return EncodeResource(ResourceType::kRoute, ResourceName(view.name),
                        Serialise(GrpcRoute(view, security)));
}

}  // namespace fairlead::xds
