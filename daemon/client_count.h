// How many callers are still connected to a draining replica.
#pragma once

#include "base/result.h"
#include "fleet/effects.h"

namespace fairlead::daemon {

// Established connections to the replica's serving port, without our own health checks.
Result<int> CountClients(const fleet::BeginTrafficWatch& target);

}  // namespace fairlead::daemon
