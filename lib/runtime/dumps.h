// Dumps: keeps what this process holds in memory out of files and other users' hands.
//
// Why both: keys, tokens and webhooks' secrets are in memory for as long as the daemon runs. The
// limit ends core files; a handler that the kernel pipes a core to (systemd-coredump, apport) is
// asked whatever the limit is, and only the second keeps it away. That one also lets nobody but
// root attach to the process, or read its memory through /proc. Threads: before there are others.
// Programs that are started have their own after exec, with the limit.
#pragma once

#include "base/result.h"

namespace fairlead::runtime {

// kPermissionDenied: the kernel does not let it.
Result<> KeepOutOfDumps();

// Leaves dumps to the host's settings, also after a change of user, which would end them.
// kPermissionDenied as above.
Result<> LetIntoDumps();

}  // namespace fairlead::runtime
