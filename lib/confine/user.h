// User: who a process runs as, for good.
//
// Why the group stays: a socket and a file that we make are then root's group's, so that root gets
// at them where it has been left no capability, as in a container with `cap_drop: [ALL]`.
// Threads: a process that has one thread yet.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace fairlead::confine {

// Changes to `user`, in no further group; the capabilities that are there stay, to be given up by
// name (capabilities.h). It cannot be taken back once CAP_SETUID is gone. What keeps this process
// out of dumps (runtime/dumps.h) has to be asked for again. kPermissionDenied: the kernel refuses,
// and nothing has changed.
Result<> BecomeUser(uid_t user);

}  // namespace fairlead::confine
