// Route rules: a service's retry, timeout and hash labels as xDS route settings.
#pragma once

#include <string>

#include "envoy/config/route/v3/route.pb.h"
#include "spec/service_spec.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

// The virtual host that sends everything for `domains` to `cluster`.
envoy::config::route::v3::VirtualHost MakeVirtualHost(const std::string& cluster,
                                                      std::vector<std::string> domains,
                                                      const spec::TrafficSpec& traffic,
                                                      Flavour flavour);

}  // namespace fairlead::xds
