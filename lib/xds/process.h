// Process: whether a client's process still runs.
//
// Why: a client that is gone holds no drain up; one that only lost its stream does. Seen through
// /proc, so the daemon must share the host's PID namespace, as it does for the engine's pids.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <optional>

namespace fairlead::xds {

struct Process {
  std::int32_t pid = 0;
  std::uint64_t started = 0;  // kernel ticks since boot: tells a reused pid from the old one
  bool operator==(const Process&) const = default;
};

// The live process with this pid; nothing when there is none, or only a zombie that waits for its
// parent.
std::optional<Process> FindProcess(std::int32_t pid);

}  // namespace fairlead::xds
