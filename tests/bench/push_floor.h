// The floor of a push: a bare epoll server that writes the same bytes and reads the answers.
#pragma once

#include <cstddef>

#include "bench/push_load.h"

namespace fairlead::bench {

// The floor under `load`, with responses of `response_bytes`.
PushRun RunPushFloor(const PushLoad& load, std::size_t response_bytes);

}  // namespace fairlead::bench
