// fairlead-probe, from its arguments to its exit code.
//
// One connection, one question; what fails while connecting is tried again until -connect-timeout,
// as grpc_health_probe does. -watch asks by Watch, over new connections if it has to, until the
// server says SERVING or -rpc-timeout has passed; where Watch is unknown it asks by Check.
// Threads: the caller's, which waits.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "probe/options.h"

namespace fairlead::probe {

struct Surroundings {
  std::string version;    // for -version
  std::string cert_file;  // SSL_CERT_FILE: the system's authorities; empty: looked for
  std::string cert_dir;   // SSL_CERT_DIR
  std::function<void(std::string_view)> out;  // standard output
  std::function<void(std::string_view)> err;  // standard error
};

ExitCode Run(std::span<const std::string> arguments, const Surroundings& surroundings);

}  // namespace fairlead::probe
