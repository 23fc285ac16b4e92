#include "discovery_options.h"

#include "access_policy.h"
#include "tls_profiles.h"

namespace fairlead::daemon {

xds::DiscoveryOptions DiscoveryOptionsOf(const config::Config& config,
                                         xds::ClientLocator& locator) {
  xds::DiscoveryOptions options;
  options.locator = &locator;
  options.catalog.tls = ExpectationsOf(config);
  options.projects_of = SeenBy(config.access, config.service_tls.trust_domain);
  options.http.connection_age_max = config.discovery.max_connection_age;
  for (const config::EnvoyListener& listener : config.envoy_listeners) {
    options.catalog.envoy_listeners.push_back({.name = listener.name,
                                               .ip = listener.address.ip,
                                               .port = listener.address.port,
                                               .takes_grpc_web = listener.grpc_web,
                                               .cors = listener.cors});
  }
  return options;
}

}  // namespace fairlead::daemon
