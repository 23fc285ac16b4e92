// ServiceNow: one service as the gateway is told of it, as this host reaches it.
//
// Why its own words: whoever joins the parts decides from where replicas are reached, and the
// gateway needs nothing else of a view.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::gateway {

// Whom a replica has to be that is spoken to over TLS, and by which files that is judged.
struct ReplicaTls {
  std::string profile;                        // as Gateway::Options::tls_transports knows it
  std::string host;                           // told to it; its certificate has to be for that,
  std::vector<std::string> other_names = {};  // or for one of these,
  std::string uri = {};                       // or, where there is one, for that in their place
  auto operator<=>(const ReplicaTls&) const = default;
};

struct Address {
  std::string ip;  // a literal IPv4 or IPv6 address
  std::uint16_t port = 0;
  std::optional<ReplicaTls> tls = {};  // nothing: plaintext
  bool is_v6() const { return ip.find(':') != std::string::npos; }
  auto operator<=>(const Address&) const = default;
};

// One replica in rotation.
struct ReplicaNow {
  Generation generation;
  std::string name;  // "user-service.shop/2"
  Address address;
  bool operator==(const ReplicaNow&) const = default;
};

struct ServiceNow {
  ServiceName name;
  std::uint64_t revision = 0;  // of the list
  spec::TrafficSpec traffic;
  std::vector<ReplicaNow> replicas;
  bool operator==(const ServiceNow&) const = default;
};

}  // namespace fairlead::gateway
