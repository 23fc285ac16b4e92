// RaisePriority: the processor first for a daemon that needs little of it, and that at once.
//
// Why: when many containers die together, the engine's runtimes want every core for most of a
// second. The kernel shares the cores out between them and us as equals, and a death that was known
// at once was told to callers hundreds of milliseconds later.
// Limits: within a control group (a container, a unit of systemd) this counts only inside of it;
// there CPU shares or CPUWeight do the same.
#pragma once

#include "base/result.h"

namespace fairlead::runtime {

// Some nine times the share of an ordinary process, and still one that leaves room for others.
inline constexpr int kRaisedNice = -10;

// Of the calling thread and of every thread that it makes; for a session that this process leads,
// of the session. Fails with kPermissionDenied without CAP_SYS_NICE.
Result<> RaisePriority();

}  // namespace fairlead::runtime
