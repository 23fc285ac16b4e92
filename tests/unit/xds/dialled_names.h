// What names lead to, for clients in some place: the catalog as gRPC clients and Envoys see it.
#pragma once

#include <string>
#include <vector>

#include "decode.h"
#include "xds/catalog.h"

namespace fairlead::xds {

// The service that a gRPC client gets by a name; "-" when there is none.
inline std::string Dial(Catalog& catalog, const ViewerClass& viewers, const std::string& name) {
  const ResourcePtr found = catalog.Find(viewers, Flavour::kGrpc, ResourceType::kListener, name);
  if (found == nullptr) return "-";
  const auto listener = Decode<Listener>(found).api_listener().api_listener();
  return Unpack<HttpConnectionManager>(listener).route_config().name();
}

// Of Envoy's routes: "user.shop as user", in their order.
inline std::vector<std::string> EnvoyDomains(Catalog& catalog, const ViewerClass& viewers) {
  const auto table = Decode<RouteConfiguration>(
      catalog.Find(viewers, Flavour::kEnvoy, ResourceType::kRoute, "services"));
  std::vector<std::string> domains;
  for (const auto& host : table.virtual_hosts()) {
    for (const std::string& domain : host.domains())
      domains.push_back(host.name() + " as " + domain);
  }
  return domains;
}

}  // namespace fairlead::xds
