// What clients report of their calls (LRS), for those who show it. On the discovery loop's thread.
#pragma once

#include "admin/load_source.h"
#include "fleet/explanation.h"
#include "xds/server.h"

namespace fairlead::daemon {

admin::ServiceLoads LoadsByService(const xds::DiscoveryServer& discovery);

// Of its service and, where it is about one replica, of that.
void AddLoads(const xds::DiscoveryServer& discovery, fleet::Explanation& explanation);

}  // namespace fairlead::daemon
