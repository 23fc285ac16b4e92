// ServiceView: the immutable picture of one service that readers get.
//
// Why: discovery, admin and the store never look into the core. The core publishes a new view of a
// service whenever what callers should know has changed; `revision` grows by one each time, within
// one life of the daemon. Listener, route and cluster follow from the view's existence: a service
// with no endpoints keeps its view, so callers see "none right now", never "no such service".
// Threads: a value; share it as std::shared_ptr<const ServiceView>.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spec/container_facts.h"
#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::fleet {

// One replica in rotation. Which of `addresses` a caller gets depends on the networks it shares.
struct Endpoint {
  std::string replica;  // "user-service.shop/2"
  Generation generation;
  std::uint16_t port = 0;
  std::vector<NetworkAddress> addresses;  // already narrowed to fairlead.network when that is set
  std::vector<PublishedPort> published;   // for callers that share no network
  bool host_network = false;              // serves on the host's own addresses
  int weight = 100;
  int priority = 0;            // takes calls only while no endpoint has a smaller number
  bool plaintext = true;       // `port` answers without TLS
  std::uint16_t tls_port = 0;  // where it speaks TLS; 0 = nowhere
  bool is_panic = false;       // in only because too few others are (state model, Panic)
  bool operator==(const Endpoint&) const = default;
};

// From where callers reach an endpoint, and what they are told (lib/xds/viewer.h).
struct Sight {
  std::string viewer;   // "containers on shop_default", "the host"
  std::string address;  // "172.31.0.4:50051"; empty = left out for them
  std::string source;   // why, for people
  bool operator==(const Sight&) const = default;
};

struct ServiceView {
  ServiceName name;
  std::uint64_t revision = 0;
  std::uint16_t port = 0;  // what a ":<port>" suffix in a target must equal
  spec::TrafficSpec traffic;
  std::vector<Endpoint> endpoints;  // ordered by replica, generation

  // Equal but for the revision: publishing would tell callers nothing new.
  bool SameContent(const ServiceView& other) const {
    return name == other.name && port == other.port && traffic == other.traffic &&
           endpoints == other.endpoints;
  }
};

using ServiceViewPtr = std::shared_ptr<const ServiceView>;

}  // namespace fairlead::fleet
