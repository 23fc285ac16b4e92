// Views for the discovery tests, with only what a test cares about spelled out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fleet/view.h"

namespace fairlead::xds {

inline fleet::Endpoint EndpointAt(const std::string& ipv4, std::uint16_t port = 50051,
                                  int weight = 100) {
  fleet::Endpoint endpoint;
  endpoint.replica = "at " + ipv4;
  endpoint.port = port;
  endpoint.weight = weight;
  endpoint.addresses = {
      {.network = "shop_default", .network_id = "net-shop", .ipv4 = ipv4, .ipv6 = ""}};
  return endpoint;
}

inline fleet::Endpoint OfPriority(int priority, fleet::Endpoint endpoint) {
  endpoint.priority = priority;
  return endpoint;
}

// One that is attached to other networks: {network id, address on it} each.
inline fleet::Endpoint EndpointOn(
    const std::vector<std::pair<std::string, std::string>>& networks) {
  fleet::Endpoint endpoint;
  endpoint.port = 50051;
  for (const auto& [id, ip] : networks) {
    endpoint.replica += (endpoint.replica.empty() ? "at " : " and ") + ip;
    const bool is_ipv6 = ip.find(':') != std::string::npos;
    endpoint.addresses.push_back({.network = "name of " + id,
                                  .network_id = id,
                                  .ipv4 = is_ipv6 ? "" : ip,
                                  .ipv6 = is_ipv6 ? ip : ""});
  }
  return endpoint;
}

struct SampleView {
  std::string project = "shop";
  std::string service = "user";
  std::uint64_t revision = 1;
  std::uint16_t port = 50051;
  std::vector<fleet::Endpoint> endpoints = {};
  spec::TrafficSpec traffic = {};

  operator fleet::ServiceView() const {
    fleet::ServiceView view;
    view.name = {project, service};
    view.revision = revision;
    view.port = port;
    view.endpoints = endpoints;
    view.traffic = traffic;
    return view;
  }
  operator fleet::ServiceViewPtr() const {
    return std::make_shared<const fleet::ServiceView>(static_cast<fleet::ServiceView>(*this));
  }
};

}  // namespace fairlead::xds
