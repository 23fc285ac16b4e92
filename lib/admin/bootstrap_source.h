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

// Any thread. kFailedPrecondition when discovery has no listener of that transport.
using BootstrapSource = std::function<Result<std::string>(BootstrapKind, BootstrapTransport)>;

}  // namespace fairlead::admin
