// How the callers of a silent replica are cut loose.
#pragma once

#include "controller/caller_cutter.h"

namespace fairlead::daemon {

// Looks through the replica's network namespace, and resets who waits there in vain.
controller::CallerCutter::Look CutCallers(const fleet::CutCallers& order);

}  // namespace fairlead::daemon
