// The cluster of a service as a message, before what only TLS adds to it (transport_security.h).
#pragma once

#include <string>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "fleet/view.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

// `name` is also that of its endpoints.
envoy::config::cluster::v3::Cluster MakeClusterMessage(const fleet::ServiceView& view,
                                                       Flavour flavour, const std::string& name);

}  // namespace fairlead::xds
