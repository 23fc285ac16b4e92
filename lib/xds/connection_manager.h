// The HttpConnectionManager that every listener of ours carries, for gRPC clients and for Envoy.
#pragma once

#include <string>

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"

namespace fairlead::xds {

// Takes its routes from the ADS stream under `route_name`, or has them inside. Its only filter is
// the router, with its typed config (clients refuse a list that does not end so). Streams may idle
// without limit: a silent gRPC stream is not a dead one.
envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager
MakeConnectionManager(const std::string& route_name);
envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager
MakeConnectionManager(const envoy::config::route::v3::RouteConfiguration& route);

}  // namespace fairlead::xds
