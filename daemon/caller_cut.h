// How the callers of a silent replica are cut loose.
#pragma once

#include "controller/caller_cutter.h"
#include "netdiag/namespace_work.h"

namespace fairlead::daemon {

// Looks through the replica's network namespace, and resets who waits there in vain. `work`
// outlives the look.
controller::CallerCutter::Look CutCallers(netdiag::NamespaceWork& work,
                                          const fleet::CutCallers& order);

}  // namespace fairlead::daemon
