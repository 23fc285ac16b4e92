// BootstrapSource: where the admin plane gets the text that points clients at discovery.
//
// Why a function: discovery knows the addresses and the formats, the admin plane only carries the
// text.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace fairlead::admin {

enum class BootstrapKind { kGrpc, kEnvoy };
enum class BootstrapTransport { kUnix, kTcp };  // the first listener of that kind

struct BootstrapQuestion {
  BootstrapKind kind = BootstrapKind::kGrpc;
  BootstrapTransport transport = BootstrapTransport::kUnix;
  std::string tls_directory = {};  // where the client has its files for TLS to services; or empty
};

// Any thread. kFailedPrecondition when discovery has no listener of that transport.
using BootstrapSource = std::function<Result<std::string>(const BootstrapQuestion&)>;

}  // namespace fairlead::admin
