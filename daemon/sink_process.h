// The process that writes files of other programs, runs their check, and tells an NGINX of this
// host (filesink/sink_server.h).
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// For `config.file_sinks`. Errors: those of KeptChild. `log` outlives it.
Result<confine::KeptChild> StartSinks(const config::Config& config, telemetry::Logger& log);

}  // namespace fairlead::daemon
