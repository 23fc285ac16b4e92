// The process that enters containers' networks (netdiag/namespace_server.h).
#pragma once

#include "base/result.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Errors: those of KeptChild. `log` outlives it.
Result<confine::KeptChild> StartNamespaces(telemetry::Logger& log);

}  // namespace fairlead::daemon
