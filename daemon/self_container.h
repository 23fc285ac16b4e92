// The container that this daemon runs in, which it must never act on.
#pragma once

#include "spec/names.h"

namespace fairlead::daemon {

// The id of our own container, from our cgroup and mounts; empty when we run in none.
ContainerId SelfContainer();

}  // namespace fairlead::daemon
