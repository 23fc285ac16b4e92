// Callable: which replicas somebody calls who dials them without a balancer of discovery's, can
// speak TLS, and knows whom to expect. The gateway is one.
//
// Each replica is called as it speaks itself, over TLS where it can: unless labels say otherwise
// its checks go that way, so that one in rotation has shown that it works. A service in the midst
// of a move to TLS has thus nobody left out, other than for those whom discovery tells of one
// cluster. Pure.
#pragma once

#include <vector>

#include "fleet/view.h"
#include "xds/resource_type.h"
#include "xds/viewer.h"

namespace fairlead::xds {

struct CallableReplica {
  const fleet::Endpoint* endpoint = nullptr;  // of the view
  SocketAddress address;
  Security security = Security::kPlaintext;
};

// Those that take the calls now, in the view's order: of all that can be called, the ones with the
// smallest priority; nobody of a project that `viewer` does not see. Without weight 0, what it
// cannot reach, and those that speak TLS alone where the service's labels do not say any more whom
// to expect.
std::vector<CallableReplica> CallableNow(const Viewer& viewer, const fleet::ServiceView& view);

}  // namespace fairlead::xds
