// The textbook: discovery as one writes it by gRPC C++'s guide, under the push benchmark's load.
//
// Why: beside the floor, which nobody can go below, stands what most would have written. It has no
// logic either: no subscriptions, no versions, no refusals; but gRPC's transport, a message object
// per response and an encoding per stream.
#pragma once

#include "bench/push_load.h"

namespace fairlead::bench {

// In a process of its own, so that no thread of gRPC is there when others are measured.
// REQUIRES: this process has none.
PushRun RunTextbookServer(const PushLoad& load);

}  // namespace fairlead::bench
