#include "runtime/peer_groups.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>

namespace fairlead::runtime {

std::vector<std::uint32_t> PeerGroupsOf(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 ||
      credentials.uid == static_cast<uid_t>(-1))
    return {};
  std::vector<gid_t> further(64);
  size = static_cast<socklen_t>(further.size() * sizeof(gid_t));
  // With too little room the kernel says how much it takes.
  for (int tries = 0; tries < 2; ++tries) {
    const int code = getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, further.data(), &size);
    further.resize(size / sizeof(gid_t));
    if (code == 0) break;
    if (errno != ERANGE) further.clear();
    if (further.empty()) break;
  }
  std::vector<std::uint32_t> groups = {credentials.gid};
  groups.insert(groups.end(), further.begin(), further.end());
  return groups;
}

}  // namespace fairlead::runtime
