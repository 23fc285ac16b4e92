#include "bench/push_client.h"

#include <sys/prctl.h>

#include <csignal>

#include "bench/discovery_peers.h"

namespace fairlead::bench {

pid_t SpawnPushClient(const ServerPlace& place, int streams, const std::string& resource) {
  return SpawnPushClient([&place] { return place; }, streams, resource);
}

pid_t SpawnPushClient(const std::function<ServerPlace()>& where, int streams,
                      const std::string& resource) {
  const pid_t child = fork();
  if (child < 0) Die("fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  DiscoveryPeers peers(where(), streams, resource);
  while (peers.Turn(-1)) {
  }
  std::_Exit(0);
}

}  // namespace fairlead::bench
