// The daemon's configuration as people read it. Pure.
#pragma once

#include <string>

#include "cli/table.h"
#include "fairlead/admin/v1/config.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// One line per key, and after it what waits for a restart, if anything does.
std::string ShowConfig(const pb::GetConfigResponse& config, TableStyle style);

// "debug" -> LOG_LEVEL_DEBUG; LOG_LEVEL_UNSPECIFIED for what is none.
pb::LogLevel LogLevelNamed(const std::string& word);
// "the log tells debug and above (before: info and above)"
std::string ShowLogLevel(const pb::SetLogLevelResponse& answer);

}  // namespace fairlead::cli
