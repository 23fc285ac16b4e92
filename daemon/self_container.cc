#include "self_container.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "runtime/peer_process.h"

namespace fairlead::daemon {

ContainerId SelfContainer() {
  std::string id = runtime::ContainerIn(runtime::ReadCgroup(getpid()).value_or(""));
  if (!id.empty()) return ContainerId(id);
  // With a private cgroup namespace only the mounts still tell.
  std::stringstream mounts;
  mounts << std::ifstream("/proc/self/mountinfo").rdbuf();
  return ContainerId(runtime::ContainerInMounts(mounts.view()));
}

}  // namespace fairlead::daemon
