// ResourceType: the four kinds of xDS resource we serve, in the order in which they are written.
//
// Why this order: make before break. A client must know a cluster and its endpoints before a
// listener or a route sends calls there (Envoy's xDS protocol page, "Eventual consistency").
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace fairlead::xds {

enum class ResourceType : std::size_t { kCluster = 0, kEndpoints = 1, kListener = 2, kRoute = 3 };

inline constexpr std::array kResourceTypes = {ResourceType::kCluster, ResourceType::kEndpoints,
                                              ResourceType::kListener, ResourceType::kRoute};
template <class T>
using PerType = std::array<T, kResourceTypes.size()>;

constexpr std::size_t Index(ResourceType type) {
  return static_cast<std::size_t>(type);
}

// "type.googleapis.com/envoy.config.cluster.v3.Cluster" and so on.
std::string_view TypeUrl(ResourceType type);
// Nothing for a type that we do not serve.
std::optional<ResourceType> TypeOfUrl(std::string_view type_url);
// "clusters", "endpoints", "listeners", "routes": for people.
std::string_view TypeName(ResourceType type);

// Listener and Cluster responses are complete sets, and can be asked for by wildcard. Endpoint and
// route responses hold what changed.
constexpr bool IsCompleteSet(ResourceType type) {
  return type == ResourceType::kCluster || type == ResourceType::kListener;
}

// Who a resource is made for: the two kinds of client need different listeners and clusters.
enum class Flavour : std::size_t { kGrpc = 0, kEnvoy = 1 };
inline constexpr std::array kFlavours = {Flavour::kGrpc, Flavour::kEnvoy};
template <class T>
using PerFlavour = std::array<T, kFlavours.size()>;

constexpr std::size_t Index(Flavour flavour) {
  return static_cast<std::size_t>(flavour);
}

}  // namespace fairlead::xds
