// Target: the address of -addr as gRPC's names are read, and what it makes of the call.
//
// `host:port`, `:port`, `[::1]:port`, `dns:///host[:port]`, `passthrough:///host:port`,
// `unix:PATH`, `unix:///PATH`, `unix-abstract:NAME`. A port is a number; without one dns has 443.
// Source: grpc/grpc doc/naming.md, and grpc-go where that leaves room. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::probe {

struct Target {
  enum class Kind { kHost, kUnixPath, kUnixAbstract };

  Kind kind = Kind::kHost;
  std::string name;        // host without brackets, path, or abstract name; empty host: loopback
  std::uint16_t port = 0;  // of a host
  std::string authority;   // what the request says it is for
  std::string tls_host;    // whom the server's certificate is for

  bool operator==(const Target&) const = default;
};

// kInvalidArgument when nothing could ever be connected to by that text. `server_name`, if not
// empty, takes the authority's place.
Result<Target> ParseTarget(std::string_view text, std::string_view server_name);

}  // namespace fairlead::probe
