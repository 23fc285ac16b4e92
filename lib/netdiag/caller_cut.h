// ResetWaitingCallers: ends the connections on which callers wait in vain for a silent server.
//
// Why: a caller without a limit per try waits out its whole deadline on a server that stopped
// answering. A reset reaches it within milliseconds, and its retry policy moves the call.
// How: sock_diag inside the container's network namespace; which connections, by waiting_callers.h.
// The callers are looked at first and our own connections after that, so that a check of ours
// that was opened in between is never taken for a caller.
// Who waits shows after several looks, some 50 ms apart. Looked at and judged here; entered and
// reset by `work`, which needs SYS_ADMIN, SYS_PTRACE and NET_ADMIN, and a kernel with
// CONFIG_INET_DIAG_DESTROY. Needs the host's PID namespace. Threads: any; blocks for some
// milliseconds at most.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "netdiag/namespace_work.h"
#include "netdiag/waiting_callers.h"
#include "spec/names.h"

namespace fairlead::netdiag {

struct ServerPlace {
  ContainerId container;
  std::int64_t pid = 0;    // of its init, as inspect says
  std::uint16_t port = 0;  // where it serves its callers
  std::string checked_ip;  // where this process checks it from the host
};

// What one look found; the connections of callers are the sum.
struct CutLook {
  int reset = 0;      // were reset
  int undecided = 0;  // another look will tell
  int left = 0;       // do not qualify
};

// Looks, and resets what qualifies now by what `callers` has seen so far. Errors, when nothing
// could be done: kNotFound (the container's process is gone), kPermissionDenied (a missing
// capability, named), kUnimplemented (the kernel cannot), kUnavailable (as NamespaceWork),
// kResourceExhausted, kInternal.
Result<CutLook> ResetWaitingCallers(NamespaceWork& work, const ServerPlace& place,
                                    WaitingCallers& callers, TimePoint now);

}  // namespace fairlead::netdiag
