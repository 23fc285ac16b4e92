// The real discovery server under the push benchmark's load.
#pragma once

#include <cstddef>

#include "bench/push_load.h"

namespace fairlead::bench {

// The name of the endpoints resource that the views of RunPushServer are about.
std::string PushedResource();
// How many bytes a response of RunPushServer has, without its gRPC prefix.
std::size_t PushedResponseBytes();

// A whole DiscoveryServer on a loop of its own in this process. Each round publishes a view of ten
// endpoints of which one is new, and ends when the server reports that all have adopted it.
PushRun RunPushServer(const PushLoad& load);

}  // namespace fairlead::bench
