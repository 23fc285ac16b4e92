#include "xds/connection_manager.h"

#include "envoy/extensions/filters/http/router/v3/router.pb.h"
#include "xds/message_encoding.h"

namespace fairlead::xds {

namespace hcm_v3 = envoy::extensions::filters::network::http_connection_manager::v3;

namespace {

hcm_v3::HttpConnectionManager WithoutRoute(std::span<const hcm_v3::HttpFilter> before_router) {
  hcm_v3::HttpConnectionManager manager;
  manager.set_codec_type(hcm_v3::HttpConnectionManager::AUTO);
  manager.set_stat_prefix("fairlead");
  manager.mutable_stream_idle_timeout()->set_seconds(0);
  for (const hcm_v3::HttpFilter& filter : before_router) {
    *manager.add_http_filters() = filter;
  }
  hcm_v3::HttpFilter& router = *manager.add_http_filters();
  router.set_name("envoy.filters.http.router");
  *router.mutable_typed_config() = Pack(envoy::extensions::filters::http::router::v3::Router());
  return manager;
}

}  // namespace

hcm_v3::HttpConnectionManager MakeConnectionManager(
    const std::string& route_name, std::span<const hcm_v3::HttpFilter> before_router) {
  hcm_v3::HttpConnectionManager manager = WithoutRoute(before_router);
  hcm_v3::Rds& rds = *manager.mutable_rds();
  rds.mutable_config_source()->mutable_ads();
  rds.mutable_config_source()->set_resource_api_version(envoy::config::core::v3::V3);
  rds.set_route_config_name(route_name);
  return manager;
}

hcm_v3::HttpConnectionManager MakeConnectionManager(
    const envoy::config::route::v3::RouteConfiguration& route) {
  hcm_v3::HttpConnectionManager manager = WithoutRoute({});
  *manager.mutable_route_config() = route;
  return manager;
}

}  // namespace fairlead::xds
