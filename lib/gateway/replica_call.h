// The call to a replica whose messages pass as they are.
//
// How: attempts, one after another. One that no server has seen is made again at once, but once
// only; others by the service's labels, and both only before its answer has begun and while what
// was sent is still kept. The time of the call is that of all its attempts.
// Threads: begun on the gateway's loop; then see PassedCall. What it is given to call is called on
// the loop. `head` comes once, when the service has sent metadata before its first message; never,
// where the answer is nothing but its end.
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
