// Config: everything the daemon can be told, validated, with defaults filled in.
//
// The reference of all keys is the table behind config/key_table.h; manifests/config.schema.json
// and `fairleadd --help` come from it. A value of this type; read by ReadConfig, never changed
// after.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/discovery.h"
#include "access/rule.h"
#include "base/http_url.h"
#include "base/time.h"
#include "config/address.h"

namespace fairlead::config {

// Which layer set a key; flags over environment over file over default.
// kOperator: set while the daemon runs.
enum class Origin { kDefault, kFile, kEnvironment, kFlag, kOperator };

constexpr std::string_view OriginName(Origin origin) {
  switch (origin) {
    case Origin::kDefault:
      return "default";
    case Origin::kFile:
      return "file";
    case Origin::kEnvironment:
      return "environment";
    case Origin::kFlag:
      return "flag";
    case Origin::kOperator:
      return "operator";
  }
  return "unknown";
}

// The value of one key, and where it comes from.
struct KeySetting {
  Origin origin = Origin::kDefault;
  // "/etc/fairlead/config.json:12", "FAIRLEAD_LOG_LEVEL", "--log.level"; empty for a default.
  std::string place = {};
  // As a flag would say it, printable and without what may be a secret (shown_value.h).
  std::string value = {};
  // The same with everything in it: to see whether it has changed, never to be shown.
  std::string exact = {};
  bool operator==(const KeySetting&) const = default;
};

struct DiscoveryConfig {
  std::vector<ListenAddress> listen;
  std::set<std::string> allow_plaintext;  // only "bridge" exists
  Duration max_connection_age{};          // zero: none
  std::string tls;  // of its TCP listeners, a name of tls_profiles; empty: none
  bool operator==(const DiscoveryConfig&) const = default;
};

struct AdminConfig {
  std::vector<ListenAddress> listen;
  std::set<std::string> allow_containers;  // names, or at least 12 digits of ids
  std::string tls;                         // as discovery's
  bool operator==(const AdminConfig&) const = default;
};

// Who has which role of the operators' API; what has none may nothing. And which projects clients
// of discovery see that are known by their certificates alone.
struct AccessConfig {
  std::vector<access::Rule> viewers;
  std::vector<access::Rule> operators;
  std::vector<access::Rule> admins;
  std::vector<access::DiscoveryRule> discovery;
  bool operator==(const AccessConfig&) const = default;
};

struct HttpConfig {
  std::vector<ListenAddress> listen;
  std::set<std::string> allowed_hosts;
  bool gzip = false;
  std::string tls;  // as discovery's
  bool operator==(const HttpConfig&) const = default;
};

struct DnsConfig {
  std::vector<ListenAddress> listen;  // one address of the host each; never a unix socket
  std::string zone;                   // "fairlead.", of lower case, with its last dot
  bool operator==(const DnsConfig&) const = default;
};

struct GatewayConfig {
  std::vector<ListenAddress> listen;
  std::string tls;               // as discovery's
  bool allow_plaintext = false;  // on addresses off loopback
  // Absolute paths of descriptor sets, by the names that fairlead.gateway.descriptor gives them.
  std::map<std::string, std::string> descriptors;
  bool operator==(const GatewayConfig&) const = default;
};

struct PolicyConfig {
  bool observe_only = false;
  int max_concurrent_repairs = 0;   // 1..100, per host
  int panic_threshold_percent = 0;  // 0..100
  std::set<std::string> projects;   // that Compose containers of another project may join
  bool operator==(const PolicyConfig&) const = default;
};

// Whether clients of a listener have to say who they are, by a certificate that `ca` has signed.
enum class ClientAuth : std::uint8_t { kNone, kRequest, kRequire };

// Files of one TLS identity; read by the part that uses it.
struct TlsProfile {
  std::string cert;
  std::string key;
  std::string ca;
  std::string server_name;
  ClientAuth client_auth = ClientAuth::kNone;
  bool operator==(const TlsProfile&) const = default;
};

// How certificates are made for services that are labelled fairlead.tls=auto.
struct ServiceTlsConfig {
  std::string trust_domain;  // of their SPIFFE ids: lower case, 1 to 255 bytes
  std::string dir;           // absolute, without a slash at its end
  Duration lifetime{};       // 30s to 30 days
  std::string issuer;        // a name of tls_profiles with cert, key and ca; empty: an own root
  bool operator==(const ServiceTlsConfig&) const = default;
};

// A listener that Envoy is told to open; any IP address, for Envoy's own host decides who reaches
// it.
struct EnvoyListener {
  std::string name;  // "listener-10000" unless named
  ListenAddress address;
  bool grpc_web = false;
  std::vector<std::string> cors;  // origins of pages in lower case, or "*"; empty: none
  bool operator==(const EnvoyListener&) const = default;
};

struct Webhook {
  HttpUrl url;
  std::set<std::string> events;  // words of spec/event_words.h; empty = transitions and acts
  std::string secret_file;       // absolute; empty = payloads are not signed
  bool operator==(const Webhook&) const = default;
};

// A file of lists for another program, e.g. NGINX.
struct FileSink {
  std::string output;                 // absolute
  std::string template_file;          // absolute; empty = upstream blocks of NGINX
  std::set<std::string> services;     // "user-service.shop"; empty = all
  std::vector<std::string> validate;  // program and arguments; empty = none
  std::string container;              // whoever reads it: a container's name,
  std::string pid_file;               // or an NGINX of the host; absolute. Both empty: nobody
  bool operator==(const FileSink&) const = default;
};

struct LogConfig {
  std::string level;   // debug, info, warn, error
  std::string format;  // text, json
  bool operator==(const LogConfig&) const = default;
};

struct DebugConfig {
  bool core_dumps = false;
  bool operator==(const DebugConfig&) const = default;
};

// Who talks to the network, unless somebody else is named.
inline constexpr std::string_view kDefaultUser = "fairlead";

struct Config {
  EngineEndpoint engine_endpoint;
  std::string engine_tls;  // a name of tls_profiles; empty = no TLS
  DiscoveryConfig discovery;
  AdminConfig admin;
  AccessConfig access;
  HttpConfig http;
  DnsConfig dns;
  GatewayConfig gateway;
  std::string state_dir;
  std::string user;                             // a name or a number; "root": as it was started
  std::map<std::string, std::string> defaults;  // label without "fairlead." -> value
  PolicyConfig policy;
  std::map<std::string, TlsProfile> tls_profiles;
  ServiceTlsConfig service_tls;
  std::vector<EnvoyListener> envoy_listeners;
  std::vector<Webhook> webhooks;
  std::vector<FileSink> file_sinks;
  LogConfig log;
  DebugConfig debug;
  // By key: "policy.observe_only", and "defaults.weight" for each default that is set.
  std::map<std::string, KeySetting> settings;
  bool operator==(const Config&) const = default;
};

}  // namespace fairlead::config
