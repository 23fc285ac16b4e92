// How many callers are still connected to a draining replica.
#pragma once

#include "base/result.h"
#include "fleet/effects.h"
#include "netdiag/namespace_work.h"

namespace fairlead::daemon {

// Established connections to the replica's serving port, without our own health checks.
Result<int> CountClients(netdiag::NamespaceWork& work, const fleet::BeginTrafficWatch& target);

}  // namespace fairlead::daemon
