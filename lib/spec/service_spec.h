// ServiceSpec: everything a container's labels ask for, validated, with defaults filled in.
//
// Source of every name, default and range: manifests/labels.json (the reference that tests load).
// Invariant: a ServiceSpec that came out of ReadLabels() is inside all ranges, so the core never
// checks them again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "spec/names.h"

namespace fairlead::spec {

using namespace std::chrono_literals;

enum class HealthProtocol { kGrpc, kHttp, kTcp, kDocker, kNone };
enum class HealthMode { kAuto, kWatch, kCheck };
enum class Cut { kAuto, kOn, kOff };
enum class RepairMode { kRestart, kEvict, kObserve };
enum class LbPolicy { kRoundRobin, kRingHash, kLeastRequest };

struct HealthSpec {
  HealthProtocol protocol = HealthProtocol::kGrpc;
  HealthMode mode = HealthMode::kAuto;
  std::string service;     // health service name asked for readiness
  std::uint16_t port = 0;  // fairlead.port unless labelled otherwise
  std::string path = "/healthz";
  Duration interval = 1s;  // 100ms..1h
  Duration timeout = 1s;   // <= interval for Check
  int rise = 2;            // >= 1
  int fall = 3;            // >= 1
  Duration start_period = 30s;
  std::string tls_profile;  // empty = plaintext
  Duration ping = 200ms;    // 0 = off
  bool operator==(const HealthSpec&) const = default;
};

struct LivenessSpec {
  std::optional<std::string> service;  // a second health name; unset = only dead or silent counts
  int fall = 5;
  bool operator==(const LivenessSpec&) const = default;
};

// A number of replicas: absolute, or a percentage of the replicas that exist, rounded down.
struct CountOrPercent {
  bool is_percent = true;
  int value = 50;
  int Of(int total) const {
    return is_percent ? static_cast<int>(std::int64_t{total} * value / 100) : value;
  }
  bool operator==(const CountOrPercent&) const = default;
};

struct RepairSpec {
  RepairMode mode = RepairMode::kRestart;
  CountOrPercent min_available;
  int max_restarts = 3;  // in `window`, then give up
  Duration window = 10min;
  Duration backoff = 10s;
  Duration backoff_max = 5min;
  bool cascade = false;
  bool operator==(const RepairSpec&) const = default;
};

struct RetrySpec {
  int attempts = 0;                               // 2..5, the first included; 0 or 1 = no policy
  std::vector<std::string> on = {"unavailable"};  // gRPC status names, lower case
  Duration backoff_base = 50ms;
  Duration backoff_max = 1s;
  bool enabled() const { return attempts >= 2; }
  bool operator==(const RetrySpec&) const = default;
};

// Whether the daemon's own gateway answers for the service, and where.
struct GatewaySpec {
  bool is_on = false;
  std::string prefix;              // "/shop", taken off before the service's paths; empty = none
  std::vector<std::string> hosts;  // lower case; empty = IP addresses and localhost
  std::string descriptor;          // a name of gateway.descriptors; empty = by server reflection
  bool forwards_auth = true;       // callers' Authorization and Cookie reach the service
  // Origins of pages that may read its answers, "https://a.example", or "*"; lower case.
  std::vector<std::string> cors;
  bool operator==(const GatewaySpec&) const = default;
};

enum class TlsSource { kNone, kFiles, kAuto };
enum class TlsMode { kStrict, kPermissive };

// Whether the server itself speaks TLS, and with whose certificate.
struct TlsSpec {
  TlsSource source = TlsSource::kNone;
  std::string profile;              // kFiles: of the host's tls_profiles
  TlsMode mode = TlsMode::kStrict;  // permissive: fairlead.port answers without TLS as well
  std::uint16_t port = 0;           // fairlead.port unless labelled otherwise
  bool is_on() const { return source != TlsSource::kNone; }
  bool operator==(const TlsSpec&) const = default;
};

// What callers are told besides the endpoints; equal for all replicas of a service in the end
// (the newest container's wins, a difference is a diagnostic).
struct TrafficSpec {
  LbPolicy policy = LbPolicy::kRoundRobin;
  std::string hash_header;          // for ring_hash
  std::optional<Duration> timeout;  // per call, put into the route
  RetrySpec retry;
  GatewaySpec gateway;
  TlsSpec tls;
  bool operator==(const TrafficSpec&) const = default;
};

// Whom Compose restarts along with whom, by its own words for project and service, which may differ
// from the ServiceName. Empty outside Compose.
struct ComposeTies {
  std::string project;
  std::string service;
  std::vector<std::string> restarts_after;  // depends_on with `restart: true`
  bool operator==(const ComposeTies&) const = default;
};

struct ServiceSpec {
  ServiceName name;
  std::uint16_t port = 0;
  std::string network;  // empty = any that the client shares
  int weight = 100;     // 0..1000
  int priority = 0;     // 0..9; takes calls while none with a smaller number is in rotation
  HealthSpec health;
  bool suspicion = true;
  Cut cut = Cut::kAuto;
  LivenessSpec liveness;
  RepairSpec repair;
  Duration drain_timeout = 10s;
  std::optional<Duration> stop_timeout;  // unset = the container's own
  TrafficSpec traffic;
  bool routable = true;  // false for autoheal containers: repaired, member of no service
  std::optional<int> compose_number;  // the Compose container number
  ComposeTies ties;
  bool operator==(const ServiceSpec&) const = default;
};

}  // namespace fairlead::spec
