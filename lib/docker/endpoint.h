// Where an engine listens, as people write it: unix:///var/run/docker.sock or tcp://10.0.0.5:2375.
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::docker {

// Who we are to an engine that is asked over TLS, and whom we believe. PEM files, read anew for
// each connection, so that a rotated pair is used by the next one.
struct TlsIdentity {
  std::string profile;  // its name in the config; for messages
  std::string cert;     // path of our certificate and its chain; empty: we show none
  std::string key;      // path of its key, without a passphrase
  std::string ca;       // path of the authorities that may sign the engine's; empty: the system's
  std::string server_name;  // expected in the engine's certificate; empty: the endpoint's host

  bool operator==(const TlsIdentity&) const = default;
};

struct Endpoint {
  std::string text;        // as written; for messages
  std::string path;        // of a unix socket, absolute; empty for TCP
  std::string host;        // name or address, IPv6 without brackets; empty for a unix socket
  std::uint16_t port = 0;  // 1..65535 with host
  std::optional<TlsIdentity> tls = {};  // of TCP; nothing: plaintext

  bool is_unix() const { return !path.empty(); }
  bool operator==(const Endpoint&) const = default;
};

// kInvalidArgument with the forms that are accepted.
Result<Endpoint> ParseEndpoint(std::string_view text);

}  // namespace fairlead::docker
