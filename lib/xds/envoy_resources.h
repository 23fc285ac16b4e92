// Envoy's own resources: a listener per configured address and one route table by authority.
//
// Why: a proxy has no dial name; it learns the service from the request's :authority.
// All listeners share the one table, and Envoy looks a policy for pages of browsers (CORS) up in
// the table, by the name of the filter that asks. So the CORS filter of each listener has a name of
// its own: the table says to each what its own pages may, and to a listener without the filter
// nothing. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"

namespace fairlead::xds {

struct EnvoyListener {
  std::string name;  // of the resource, so different from every other listener's
  std::string ip;    // literal; "0.0.0.0" and "::" for every address
  std::uint16_t port = 0;
  bool takes_grpc_web = false;  // besides gRPC, what scripts of pages speak
  // Pages that may call and read the answers: origins in lower case, or "*"; empty: no page of
  // another origin. Those that are named may send cookies along, unless "*" is among them.
  std::vector<std::string> cors = {};
};

// The name of Envoy's route table. A service's own route has a dot in its name, this has none.
inline constexpr std::string_view kEnvoyRouteName = "services";

ResourcePtr MakeEnvoyListener(const EnvoyListener& listener);

struct EnvoyRoute {
  const fleet::ServiceView* view = nullptr;
  bool has_short_name = false;               // "svc" besides "svc.project"
  Security security = Security::kPlaintext;  // whose cluster gets the calls
};
// One virtual host per service; any port in the authority is ignored. Unknown authority: 404.
// `listeners`: all that take their routes from it.
ResourcePtr MakeEnvoyRouteTable(std::span<const EnvoyRoute> services,
                                std::span<const EnvoyListener> listeners);

}  // namespace fairlead::xds
