// Envoy's own resources: a listener per configured address and one route table by authority.
//
// Why: a proxy has no dial name; it learns the service from the request's :authority.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fleet/view.h"
#include "xds/encoding.h"

namespace fairlead::xds {

struct EnvoyListener {
  std::string name;  // of the resource, so different from every other listener's
  std::string ip;    // literal; "0.0.0.0" and "::" for every address
  std::uint16_t port = 0;
};

// The name of Envoy's route table. A service's own route has a dot in its name, this has none.
inline constexpr std::string_view kEnvoyRouteName = "services";

ResourcePtr MakeEnvoyListener(const EnvoyListener& listener);

struct EnvoyRoute {
  const fleet::ServiceView* view = nullptr;
  bool has_short_name = false;  // "svc" besides "svc.project"
};
// One virtual host per service; any port in the authority is ignored. Unknown authority: 404.
ResourcePtr MakeEnvoyRouteTable(std::span<const EnvoyRoute> services);

}  // namespace fairlead::xds
