// The process that asks the engine (docker/actuator.h).
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Errors: those of KeptChild, and an engine.endpoint that is none. `log` outlives it.
Result<confine::KeptChild> StartActuator(const config::Config& config, telemetry::Logger& log);

}  // namespace fairlead::daemon
