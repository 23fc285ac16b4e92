#include "xds/resource_type.h"

namespace fairlead::xds {
namespace {

constexpr PerType<std::string_view> kUrls = {
    "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    "type.googleapis.com/envoy.config.listener.v3.Listener",
    "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
};
constexpr PerType<std::string_view> kNames = {"clusters", "endpoints", "listeners", "routes",
                                              "secrets"};

}  // namespace

std::string_view TypeUrl(ResourceType type) {
  return kUrls[Index(type)];
}

std::optional<ResourceType> TypeOfUrl(std::string_view type_url) {
  for (const ResourceType type : kResourceTypes) {
    if (TypeUrl(type) == type_url) {
      return type;
    }
  }
  return std::nullopt;
}

std::string_view TypeName(ResourceType type) {
  return kNames[Index(type)];
}

}  // namespace fairlead::xds
