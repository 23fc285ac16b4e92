// A zone with services as tests need them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nameserver/zone.h"

namespace fairlead::nameserver {

inline constexpr std::uint16_t kPort = 50051;

// A replica with this address on network "n1", which the host reaches too.
inline fleet::Endpoint At(const std::string& ip) {
  const bool is_v6 = ip.find(':') != std::string::npos;
  fleet::Endpoint endpoint;
  endpoint.port = kPort;
  endpoint.addresses = {{.network = "n1",
                         .network_id = "n1",
                         .ipv4 = is_v6 ? "" : ip,
                         .ipv6 = is_v6 ? ip : "",
                         .is_host_routable = true}};
  return endpoint;
}

// A replica that only a port of the host leads to.
inline fleet::Endpoint Published(std::uint16_t host_port) {
  fleet::Endpoint endpoint;
  endpoint.port = kPort;
  endpoint.published = {{.container_port = kPort, .host_ip = "0.0.0.0", .host_port = host_port}};
  return endpoint;
}

inline fleet::ServiceViewPtr ViewOf(const ServiceName& name, std::vector<fleet::Endpoint> endpoints,
                                    std::uint64_t revision = 1) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = name;
  view->revision = revision;
  view->port = kPort;
  view->endpoints = std::move(endpoints);
  return view;
}

inline const ServiceName kApi = {.project = "shop", .service = "api"};

inline Asker InContainer(const std::string& network, const std::string& project) {
  return {.viewer = {.network_ids = {{network}}}, .project = project};
}

}  // namespace fairlead::nameserver
