// The process that has the authority's keys and writes the certificates of services
// (ca/authority_server.h).
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Errors: those of KeptChild. `log` outlives it.
Result<confine::KeptChild> StartAuthority(const config::Config& config, telemetry::Logger& log);

}  // namespace fairlead::daemon
