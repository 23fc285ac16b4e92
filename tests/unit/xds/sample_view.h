// Views for the discovery tests, with only what a test cares about spelled out.
#pragma once

#include <string>
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
