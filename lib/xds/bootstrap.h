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
  // Where the client finds tls.crt, tls.key and ca.crt, to speak TLS to services; empty: it does
  // not, and is told of no service's TLS. A gRPC application has to ask for it as well
  // (XdsCredentials); an Envoy needs no more than this.
  std::string tls_directory = {};
};

// How the client speaks TLS to a TCP listener; paths as the client sees them.
struct BootstrapTls {
  std::string ca;         // who has signed our certificate; empty: the system's authorities
  std::string cert = {};  // the client's own, if it has to show one
  std::string key = {};
  std::string server_name = {};  // in our certificate, where it is not the address; Envoy only
};

// `listener` as in discovery.listen: "unix:/run/fairlead/xds/xds.sock" or "127.0.0.1:18000".
// kInvalidArgument for anything else.
//
// For GRPC_XDS_BOOTSTRAP; C-core 1.51 and newer, Go, Node, and over TCP also Java read it. With
// `tls` the credentials "tls", which C-core knows from 1.65 and Go from 1.61 on.
Result<std::string> GrpcBootstrap(const std::string& listener, const BootstrapNode& node,
                                  const std::optional<BootstrapTls>& tls = std::nullopt);

struct EnvoyBootstrapOptions {
  BootstrapNode node = {.id = "fairlead-envoy", .cluster = "fairlead"};
  std::optional<std::uint16_t> admin_port;  // on 127.0.0.1; none = no admin interface
  std::optional<BootstrapTls> tls = std::nullopt;
};
// A complete configuration for `envoy -c`: clusters and listeners over one ADS stream.
Result<std::string> EnvoyBootstrap(const std::string& listener,
                                   const EnvoyBootstrapOptions& options);

}  // namespace fairlead::xds
