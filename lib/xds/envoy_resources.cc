#include "xds/envoy_resources.h"

#include <algorithm>
#include <utility>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/http/cors/v3/cors.pb.h"
#include "envoy/extensions/filters/http/grpc_web/v3/grpc_web.pb.h"
#include "xds/connection_manager.h"
#include "xds/message_encoding.h"
#include "xds/route_rules.h"
#include "xds/service_resources.h"

namespace fairlead::xds {
namespace {

namespace cors_v3 = envoy::extensions::filters::http::cors::v3;
namespace grpc_web_v3 = envoy::extensions::filters::http::grpc_web::v3;
namespace hcm_v3 = envoy::extensions::filters::network::http_connection_manager::v3;

std::string CorsFilterName(const EnvoyListener& listener) {
  return "envoy.filters.http.cors." + listener.name;
}

hcm_v3::HttpFilter Filter(std::string name, const google::protobuf::Message& config) {
  hcm_v3::HttpFilter filter;
  filter.set_name(std::move(name));
  *filter.mutable_typed_config() = Pack(config);
  return filter;
}

std::vector<hcm_v3::HttpFilter> FiltersForPages(const EnvoyListener& listener) {
  std::vector<hcm_v3::HttpFilter> filters;
  if (listener.takes_grpc_web) {
    filters.push_back(Filter("envoy.filters.http.grpc_web", grpc_web_v3::GrpcWeb()));
  }
  if (!listener.cors.empty()) {
    filters.push_back(Filter(CorsFilterName(listener), cors_v3::Cors()));
  }
  return filters;
}

// As the gateway answers for fairlead.gateway.cors.
cors_v3::CorsPolicy PolicyFor(const std::vector<std::string>& origins) {
  cors_v3::CorsPolicy policy;
  for (const std::string& origin : origins) {
    policy.add_allow_origin_string_match()->set_exact(origin);
  }
  policy.set_allow_methods("GET, POST, OPTIONS");
  // Envoy repeats what the page asks to send: x-grpc-web, grpc-timeout, and metadata of any name.
  policy.set_allow_headers("*");
  // `*` stands for all metadata, but to requests that send cookies along.
  policy.set_expose_headers("grpc-status, grpc-message, grpc-status-details-bin, *");
  // Seconds; browsers keep a yes for some minutes, whatever is said.
  policy.set_max_age("600");
  // Envoy answers `*` with the page's own origin, and that with cookies would be everyone's.
  const bool is_for_all = std::ranges::find(origins, "*") != origins.end();
  policy.mutable_allow_credentials()->set_value(!is_for_all);
  // What other pages ask beforehand is Envoy's to answer and no call of a replica.
  policy.mutable_forward_not_matching_preflights()->set_value(false);
  return policy;
}

}  // namespace

ResourcePtr MakeEnvoyListener(const EnvoyListener& listener) {
  envoy::config::listener::v3::Listener message;
  message.set_name(listener.name);
  auto& socket = *message.mutable_address()->mutable_socket_address();
  socket.set_address(listener.ip);
  socket.set_port_value(listener.port);
  auto& filter = *message.add_filter_chains()->add_filters();
  filter.set_name("envoy.filters.network.http_connection_manager");
  *filter.mutable_typed_config() =
      Pack(MakeConnectionManager(std::string(kEnvoyRouteName), FiltersForPages(listener)));
  return EncodeResource(ResourceType::kListener, listener.name, Serialise(message));
}

ResourcePtr MakeEnvoyRouteTable(std::span<const EnvoyRoute> services,
                                std::span<const EnvoyListener> listeners) {
  envoy::config::route::v3::RouteConfiguration table;
  table.set_name(std::string(kEnvoyRouteName));
  table.set_ignore_port_in_host_matching(true);
  for (const EnvoyRoute& service : services) {
    std::vector<std::string> domains = {service.view->name.Text()};
    if (service.has_short_name) {
      domains.push_back(service.view->name.service);
    }
    *table.add_virtual_hosts() =
        MakeVirtualHost(ResourceName(service.view->name, service.security), std::move(domains),
                        service.view->traffic, Flavour::kEnvoy);
  }
  for (const EnvoyListener& listener : listeners) {
    if (listener.cors.empty()) continue;
    (*table.mutable_typed_per_filter_config())[CorsFilterName(listener)] =
        Pack(PolicyFor(listener.cors));
  }
  return EncodeResource(ResourceType::kRoute, std::string(kEnvoyRouteName), Serialise(table));
}

}  // namespace fairlead::xds
