// Reads our encoded bytes back with protobuf: what a client would see.
#pragma once

#include <gtest/gtest.h>

#include <span>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/http/cors/v3/cors.pb.h"
#include "envoy/extensions/filters/http/router/v3/router.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/encoding.h"

namespace fairlead::xds {

using envoy::config::cluster::v3::Cluster;
using envoy::config::endpoint::v3::ClusterLoadAssignment;
using envoy::config::listener::v3::Listener;
using envoy::config::route::v3::RouteConfiguration;
using envoy::extensions::filters::http::cors::v3::CorsPolicy;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using envoy::extensions::transport_sockets::tls::v3::Secret;
using envoy::extensions::transport_sockets::tls::v3::UpstreamTlsContext;
using envoy::service::discovery::v3::DeltaDiscoveryResponse;
using envoy::service::discovery::v3::DiscoveryResponse;

// Of either kind of response.
template <class Message>
Message Decoded(const Bytes& shared, std::span<const std::byte> tail) {
  Bytes whole = shared;
  whole.insert(whole.end(), tail.begin(), tail.end());
  Message response;
  EXPECT_TRUE(response.ParseFromArray(whole.data(), static_cast<int>(whole.size())));
  return response;
}

inline DiscoveryResponse DecodeResponse(const Bytes& shared, std::span<const std::byte> tail = {}) {
  return Decoded<DiscoveryResponse>(shared, tail);
}

template <class Message>
Message Unpack(const google::protobuf::Any& any) {
  Message message;
  EXPECT_TRUE(any.UnpackTo(&message)) << any.type_url();
  return message;
}

// The one message of a resource.
template <class Message>
Message Decode(const ResourcePtr& resource) {
  const DiscoveryResponse response = DecodeResponse(*resource->alone);
  EXPECT_EQ(response.resources_size(), 1);
  return Unpack<Message>(response.resources(0));
}

}  // namespace fairlead::xds
