#include "xds/envoy_resources.h"

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "xds/connection_manager.h"
#include "xds/message_encoding.h"
#include "xds/route_rules.h"
#include "xds/service_resources.h"

namespace fairlead::xds {

ResourcePtr MakeEnvoyListener(const EnvoyListener& listener) {
  envoy::config::listener::v3::Listener message;
  message.set_name(listener.name);
  auto& socket = *message.mutable_address()->mutable_socket_address();
  socket.set_address(listener.ip);
  socket.set_port_value(listener.port);
  auto& filter = *message.add_filter_chains()->add_filters();
  filter.set_name("envoy.filters.network.http_connection_manager");
  *filter.mutable_typed_config() = Pack(MakeConnectionManager(std::string(kEnvoyRouteName)));
  return EncodeResource(ResourceType::kListener, listener.name, Serialise(message));
}

ResourcePtr MakeEnvoyRouteTable(std::span<const EnvoyRoute> services) {
  envoy::config::route::v3::RouteConfiguration table;
  table.set_name(std::string(kEnvoyRouteName));
  table.set_ignore_port_in_host_matching(true);
  for (const EnvoyRoute& service : services) {
    std::vector<std::string> domains = {service.view->name.Text()};
    if (service.has_short_name) {
      domains.push_back(service.view->name.service);
    }
    *table.add_virtual_hosts() =
        MakeVirtualHost(ResourceName(service.view->name), std::move(domains), service.view->traffic,
                        Flavour::kEnvoy);
  }
  return EncodeResource(ResourceType::kRoute, std::string(kEnvoyRouteName), Serialise(table));
}

}  // namespace fairlead::xds
