// RunningList: every running container of the engine with its networks, from one list call.
// Pure: text in, values out.
//
// Why beside List(): clients of discovery carry no label, and one that comes over TCP is known by
// its address alone.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "docker/api_version.h"
#include "docker/engine.h"

namespace fairlead::docker {

// Running containers, whatever their labels.
std::string RunningTarget(ApiVersion version);

// kDataLoss for what is no list. An entry without an id is skipped: it is somebody else's.
Result<std::vector<RunningContainer>> ReadRunning(std::string_view json);

}  // namespace fairlead::docker
