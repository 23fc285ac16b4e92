// The configuration in force and the log's level as messages of the API. Pure.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/in_force.h"
#include "fairlead/admin/v1/config.pb.h"
#include "telemetry/log.h"

namespace fairlead::admin {

v1::GetConfigResponse RenderConfig(const std::vector<config::KeyInForce>& keys);

v1::LogLevel RenderLevel(telemetry::Level level);
// kInvalidArgument: it is none of the four.
Result<telemetry::Level> LevelFrom(v1::LogLevel level);

}  // namespace fairlead::admin
