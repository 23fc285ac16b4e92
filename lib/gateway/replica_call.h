// The call to a replica whose messages pass as they are.
//
// Threads: begun on the gateway's loop; then see PassedCall. `head` comes once, on a thread of
// gRPC's, when the service has sent metadata before its first message; never, where it has failed
// before.
#pragma once

#include <functional>
#include <memory>

#include "gateway/call_count.h"
#include "gateway/calling.h"
#include "gateway/metadata.h"
#include "gateway/passed_call.h"

namespace fairlead::gateway {

std::shared_ptr<PassedCall> CallReplica(Calling calling, CallCount::Token token,
                                        std::function<void(Metadata head)> head);

}  // namespace fairlead::gateway
