// What the daemon's other processes (own_processes.h) have in common: a name, a keeper, and words
// for the log.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

struct OwnProcess {
  std::string_view name;  // as ps shows it: 15 characters at most
  std::string_view does;  // after "the process that"
};

// As KeptChild::Start. `log` outlives it; what `process` holds does so, too.
Result<confine::KeptChild> StartProcess(const OwnProcess& process,
                                        std::function<int(int pair)> work, telemetry::Logger& log);

// For what a process gives up: where that fails, it works all the same.
void WarnUnless(const Result<>& done, std::string_view process, telemetry::Logger& log);

}  // namespace fairlead::daemon
