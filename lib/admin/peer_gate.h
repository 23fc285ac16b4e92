// PeerGate: may this process use the admin socket?
//
// Why: who reaches the admin API may stop containers, so a container that got the socket by a
// careless mount is refused unless the host's config names it (admin.allow_containers).
// Rule: a process in no container is admitted, and so is one in the daemon's own container. Another
// container is admitted when an entry of the allow-list is its name as the engine tells it, or at
// least the first 12 hex digits of its id. Who cannot be told is refused.
// Threads: any; calls Sources on the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "base/result.h"
#include "runtime/peer_process.h"

namespace fairlead::admin {

// Short ids as docker prints them have 12 digits; fewer could be met by chance.
inline constexpr std::size_t kIdPrefixMin = 12;

class PeerGate {
 public:
  struct Rules {
    std::set<std::string, std::less<>> allow_containers = {};  // names, ids or id prefixes
    std::string own_container = {};                            // id; empty when we run in none
  };
  struct Sources {
    std::function<Result<std::string>(std::int32_t pid)> cgroup = runtime::ReadCgroup;
    // A container's name by its id, without the leading slash; empty when it cannot be told. Asked
    // only when the list is not empty and no entry is the id. May be empty: names then never match.
    std::function<std::string(const std::string& id)> container_name = {};
  };

  PeerGate(Rules rules, Sources sources);

  // kPermissionDenied: refused; the message says why and what to do.
  Result<> Admit(const runtime::PeerProcess& peer) const;

 private:
  bool IsAllowed(const std::string& id) const;

  const Rules rules_;
  const Sources sources_;
};

}  // namespace fairlead::admin
