// The groups of whoever is at the other end of a unix socket.
//
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <vector>

namespace fairlead::runtime {

// The first and all further groups (SO_PEERCRED, SO_PEERGROUPS), as they were when it connected;
// empty where the kernel does not tell, and for what is no connected unix socket.
std::vector<std::uint32_t> PeerGroupsOf(int descriptor);

}  // namespace fairlead::runtime
