// HandOver: what another user goes on writing of ours, made and shared with it before we become
// that user: the state directory and the directories of unix sockets (confine/share_folder.h).
// Threads: one; before anything is open in these places.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "config/config.h"

namespace fairlead::daemon {

// Errors: those of confine/share_folder.h.
Result<> HandOver(const config::Config& config, uid_t user);

}  // namespace fairlead::daemon
