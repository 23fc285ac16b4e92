// What the engine calls a container: for rules that people write with names.
#pragma once

#include <string>

#include "docker/engine.h"
#include "runtime/io_thread.h"

namespace fairlead::daemon {

// Asks the engine on its own loop and waits for at most 1 s. Empty when there is no answer in time
// or no such container. Not from the loop's own thread, and not once the loop has stopped.
std::string ContainerName(runtime::IoThread& loop, docker::Engine& engine, const std::string& id);

}  // namespace fairlead::daemon
