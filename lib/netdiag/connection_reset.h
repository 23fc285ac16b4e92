// ConnectionReset: ends connections in a container's network namespace (SOCK_DESTROY).
//
// Needs NET_ADMIN of who asks the kernel and of who made the socket over which it is asked, so both
// are done in one process; and what SocketIn needs. Threads: any; blocks for some 10 us for each.
#pragma once

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// As NamespaceWork::Reset.
Result<int> ResetConnections(const spec::NetworkNamespace& place,
                             std::span<const KernelConnection> connections);

// Whether this process may reset connections on this host, tried on one of its own over loopback.
// Errors: kPermissionDenied and kUnimplemented as above, kInternal. Blocks for a millisecond.
Result<> CanReset();

}  // namespace fairlead::netdiag
