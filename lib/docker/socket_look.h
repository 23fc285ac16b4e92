// LookAround: what there is to see around an engine's socket that would not open.
//
// Why apart: what it means is decided in socket_advice.h, without a file system.
// Threads: any. Reads a few local files and never waits: called after a connect failed, no oftener.
#pragma once

#include <string>

#include "docker/socket_advice.h"

namespace fairlead::docker {

// What cannot be seen is left at its default.
SocketSurroundings LookAround(const std::string& path);

}  // namespace fairlead::docker
