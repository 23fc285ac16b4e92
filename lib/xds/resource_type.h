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

// Who a resource is made for: kinds of client that need different listeners or clusters.
enum class Flavour : std::size_t {
  kGrpc = 0,
  kGrpcNoRing = 1,  // C-core 1.50 and 1.51 die of a ring_hash cluster (grpc/grpc#31766)
  kEnvoy = 2,
};
inline constexpr std::array kFlavours = {Flavour::kGrpc, Flavour::kGrpcNoRing, Flavour::kEnvoy};
inline constexpr std::array kGrpcFlavours = {Flavour::kGrpc, Flavour::kGrpcNoRing};
template <class T>
using PerFlavour = std::array<T, kFlavours.size()>;

constexpr std::size_t Index(Flavour flavour) {
  return static_cast<std::size_t>(flavour);
}

}  // namespace fairlead::xds
