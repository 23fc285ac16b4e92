// Bootstrap: the JSON that makes a stock client use this daemon.
//
// Why: `fairlead bootstrap` prints it and the daemon keeps a copy beside its socket; both must be
// the same text. Pure: text out, nothing read or written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace fairlead::xds {

struct BootstrapNode {
  std::string id = "fairlead-client";
  std::string cluster = "fairlead";
};

// `listener` as in discovery.listen: "unix:/run/fairlead/xds/xds.sock" or "127.0.0.1:18000".
// kInvalidArgument for anything else.
//
// For GRPC_XDS_BOOTSTRAP; C-core 1.51 and newer, Go, Node, and over TCP also Java read it.
Result<std::string> GrpcBootstrap(const std::string& listener, const BootstrapNode& node);

struct EnvoyBootstrapOptions {
  BootstrapNode node = {.id = "fairlead-envoy", .cluster = "fairlead"};
  std::optional<std::uint16_t> admin_port;  // on 127.0.0.1; none = no admin interface
};
// A complete configuration for `envoy -c`: clusters and listeners over one ADS stream.
Result<std::string> EnvoyBootstrap(const std::string& listener,
                                   const EnvoyBootstrapOptions& options);

}  // namespace fairlead::xds
