// The daemon's other process, and what each gives up: the actuator has the engine's socket and no
// network; the rest has the network and no way to that socket.
//
// Why: whoever has the engine's socket owns the host, and whoever parses what strangers send may be
// taken over one day. The first must not follow from the second.
// Order, as in main: StartActuator() and GiveUpRights() while there is one thread, the app, then
// GiveUpCalls() once everything listens.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Its pair() is what the engine is asked over (docker/actuator.h). `log` outlives it.
Result<confine::KeptChild> StartActuator(const config::Config& config, telemetry::Logger& log);

// New privileges, and all capabilities but those that the daemon uses.
void GiveUpRights(telemetry::Logger& log);

// System calls (confine/syscall_filter.h). Where the kernel cannot, that is logged.
void GiveUpCalls(const config::Config& config, telemetry::Logger& log);

}  // namespace fairlead::daemon
