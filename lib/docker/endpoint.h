// Where an engine listens, as people write it: unix:///var/run/docker.sock or tcp://10.0.0.5:2375.
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/profile.h"

namespace fairlead::docker {

struct Endpoint {
  std::string text;        // as written; for messages
  std::string path;        // of a unix socket, absolute; empty for TCP
  std::string host;        // name or address, IPv6 without brackets; empty for a unix socket
  std::uint16_t port = 0;  // 1..65535 with host
  // Of TCP; nothing: plaintext. Its files are read anew for each connection.
  std::optional<tls::Profile> tls = {};
  // Our end of the pair with the process that asks in our place (actuator.h); -1: we ask ourselves.
  int actuator = -1;

  bool is_unix() const { return !path.empty(); }
  bool operator==(const Endpoint&) const = default;
};

// kInvalidArgument with the forms that are accepted.
Result<Endpoint> ParseEndpoint(std::string_view text);

}  // namespace fairlead::docker
