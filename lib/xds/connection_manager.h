// The HttpConnectionManager that every listener of ours carries, for gRPC clients and for Envoy.
#pragma once

#include <span>
#include <string>

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"

namespace fairlead::xds {

// Takes its routes from the ADS stream under `route_name`, or has them inside. Its last filter is
// the router, with its typed config (clients refuse a list that does not end so); `before_router`
// are those before it, in order. Streams may idle without limit: a silent gRPC stream is not a dead
// one.
envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager
MakeConnectionManager(
    const std::string& route_name,
    std::span<const envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter>
        before_router);
envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager
MakeConnectionManager(const envoy::config::route::v3::RouteConfiguration& route);

}  // namespace fairlead::xds
