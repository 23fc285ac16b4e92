// Health servers for the probe benchmark: one child process that answers SERVING on every address
// of 127/8 at one port, over raw sockets.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace fairlead::bench {

struct ProbeTargets {
  pid_t process = 0;
  std::uint16_t port = 0;
};

// Starts the child; it dies with its parent or at StopProbeTargets.
ProbeTargets SpawnProbeTargets();
void StopProbeTargets(const ProbeTargets& targets);

// The address of target number `index`: 127.1.0.0 and up, in host byte order.
inline std::uint32_t TargetIp(int index) {
  return 0x7F010000U + static_cast<std::uint32_t>(index);
}

}  // namespace fairlead::bench
