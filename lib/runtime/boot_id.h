// BootId: which boot of the host this is.
//
// Why: what another process remembers only in memory is gone after a boot.
// Threads: any; no state.
#pragma once

#include <string>

namespace fairlead::runtime {

// The kernel's random id of this boot, the same in every container; "" where it cannot be read.
std::string BootId();

}  // namespace fairlead::runtime
