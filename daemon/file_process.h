// The process that opens the files that the configuration names (confine/named_files.h).
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Those that the part on the network reads while it runs: `config_file`, which a reload reads
// anew, and what of it is not for another process of ours alone. Pure.
std::set<std::string> NamedFiles(const config::Config& config, const std::string& config_file);

// Errors: those of KeptChild. `log` outlives it.
Result<confine::KeptChild> StartFiles(std::set<std::string> names, telemetry::Logger& log);

}  // namespace fairlead::daemon
