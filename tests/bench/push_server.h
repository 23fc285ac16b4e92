// The real discovery server under the push benchmark's load.
#pragma once

#include <cstddef>

#include "bench/push_load.h"

namespace fairlead::bench {

// The name of the endpoints resource that the views of RunPushServer are about.
std::string PushedResource();
// How many bytes a response of RunPushServer has, without its gRPC prefix.
std::size_t PushedResponseBytes(int endpoints);

// A whole DiscoveryServer (discovery_under_test.h). Each round publishes a view of which one
// endpoint is new, and ends when the server reports that all have adopted it.
PushRun RunPushServer(const PushLoad& load);

}  // namespace fairlead::bench
