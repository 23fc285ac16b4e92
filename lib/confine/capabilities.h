// Capabilities: those that a thread keeps; the others are gone for good.
//
// Threads: a capability belongs to a thread, and a new thread has those of its maker; so this is
// for a process that has one thread yet.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/result.h"

namespace fairlead::confine {

// Keeps of `numbers` (CAP_SYS_ADMIN ...) those that are there, and nothing else; nothing is handed
// on to a program that is started. kPermissionDenied: the kernel refuses, and says why.
Result<> KeepOnlyCapabilities(std::initializer_list<int> numbers);

// Whether this thread may use capability `number` now.
bool HasCapability(int number);

// All that are permitted become effective: after a change of user none is.
Result<> RaiseCapabilities();

// From now on no program that is started has more rights than this process, whatever its file says.
// Irrevocable, and needs nothing.
Result<> ForbidNewPrivileges();

}  // namespace fairlead::confine
