// ResourceType: the five kinds of xDS resource we serve; kResourceTypes has the order of writing.
//
// Why this order: make before break. A client must know a cluster and its endpoints before a
// listener or a route sends calls there (Envoy's xDS protocol page, "Eventual consistency").
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace fairlead::xds {

enum class ResourceType : std::size_t {
  kCluster = 0,
  kEndpoints = 1,
  kListener = 2,
  kRoute = 3,
  kSecret = 4,  // whom an Envoy trusts, and where its own certificate lies (transport_security.h)
};

inline constexpr std::array kResourceTypes = {ResourceType::kCluster, ResourceType::kEndpoints,
                                              ResourceType::kSecret, ResourceType::kListener,
                                              ResourceType::kRoute};
template <class T>
using PerType = std::array<T, kResourceTypes.size()>;

constexpr std::size_t Index(ResourceType type) {
  return static_cast<std::size_t>(type);
}

// "type.googleapis.com/envoy.config.cluster.v3.Cluster" and so on.
std::string_view TypeUrl(ResourceType type);
// Nothing for a type that we do not serve.
std::optional<ResourceType> TypeOfUrl(std::string_view type_url);
// "clusters", "endpoints", "listeners", "routes", "secrets": for people.
std::string_view TypeName(ResourceType type);

// Listener and Cluster responses are complete sets, and can be asked for by wildcard. Those of the
// other types hold what changed.
constexpr bool IsCompleteSet(ResourceType type) {
  return type == ResourceType::kCluster || type == ResourceType::kListener;
}

// What calls to a service are spoken over. Each is a cluster of its own, with endpoints of its own,
// so that a client is moved from one to the other by its route, once it has what the route names.
enum class Security : std::size_t { kPlaintext = 0, kTls = 1 };
inline constexpr std::array kSecurities = {Security::kPlaintext, Security::kTls};
template <class T>
using PerSecurity = std::array<T, kSecurities.size()>;

constexpr std::size_t Index(Security security) {
  return static_cast<std::size_t>(security);
}

// Who a resource is made for: kinds of client that need different listeners or clusters. A client
// that can speak TLS to services says so in its bootstrap (NodeInfo::tls_directory); to any other a
// cluster with TLS would be an error.
enum class Flavour : std::size_t {
  kGrpc = 0,
  kGrpcNoRing = 1,  // C-core 1.50 and 1.51 die of a ring_hash cluster (grpc/grpc#31766)
  kEnvoy = 2,
  kGrpcTls = 3,
  kGrpcNoRingTls = 4,
  kEnvoyTls = 5,
};
inline constexpr std::array kFlavours = {Flavour::kGrpc,          Flavour::kGrpcNoRing,
                                         Flavour::kEnvoy,         Flavour::kGrpcTls,
                                         Flavour::kGrpcNoRingTls, Flavour::kEnvoyTls};
inline constexpr std::array kGrpcFlavours = {Flavour::kGrpc, Flavour::kGrpcNoRing,
                                             Flavour::kGrpcTls, Flavour::kGrpcNoRingTls};
inline constexpr std::array kEnvoyFlavours = {Flavour::kEnvoy, Flavour::kEnvoyTls};
inline constexpr std::array kTlsFlavours = {Flavour::kGrpcTls, Flavour::kGrpcNoRingTls,
                                            Flavour::kEnvoyTls};
template <class T>
using PerFlavour = std::array<T, kFlavours.size()>;

constexpr std::size_t Index(Flavour flavour) {
  return static_cast<std::size_t>(flavour);
}
constexpr bool IsEnvoy(Flavour flavour) {
  return flavour == Flavour::kEnvoy || flavour == Flavour::kEnvoyTls;
}
// The most that a client of this flavour can speak to services.
constexpr Security SecurityOf(Flavour flavour) {
  return flavour == Flavour::kGrpcTls || flavour == Flavour::kGrpcNoRingTls ||
                 flavour == Flavour::kEnvoyTls
             ? Security::kTls
             : Security::kPlaintext;
}
// The same kind of client, with TLS in its bootstrap.
constexpr Flavour WithTls(Flavour flavour) {
  switch (flavour) {
    case Flavour::kGrpc:
      return Flavour::kGrpcTls;
    case Flavour::kGrpcNoRing:
      return Flavour::kGrpcNoRingTls;
    case Flavour::kEnvoy:
      return Flavour::kEnvoyTls;
    default:
      return flavour;
  }
}

}  // namespace fairlead::xds
