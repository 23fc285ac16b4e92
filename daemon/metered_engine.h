// MeteredEngine: the engine, and how each call of its API ended and how long it took.
//
// Threads: as the engine's; `ended` is called on its loop. The event stream, which has no end of
// its own, is not counted.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "docker/engine.h"

namespace fairlead::daemon {

using EngineCallEnded = std::function<void(std::string_view call, Code code, Duration took)>;

std::unique_ptr<docker::Engine> MakeMeteredEngine(std::unique_ptr<docker::Engine> engine,
                                                  EngineCallEnded ended);

}  // namespace fairlead::daemon
