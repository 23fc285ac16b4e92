// PeerProcess: which process is at the other end of a unix socket, and in which container it runs.
//
// Why: nothing in a request can be believed about who sent it; the kernel's word can.
// Limits: a process that connected, forked and ended may leave its number to a stranger, so this
// stops mistakes and ordinary containers; the directory's permissions stop everybody else.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::runtime {

struct PeerProcess {
  std::int32_t pid = 0;  // 0: it lives in a PID namespace that we cannot see into
  std::uint32_t uid = 0;
  bool operator==(const PeerProcess&) const = default;
};

// SO_PEERCRED of a connected unix socket; nothing for any other descriptor.
std::optional<PeerProcess> PeerOf(int descriptor);

// One life of a process: a number comes again, a number with this start time does not.
struct ProcessLife {
  std::string name;               // as the kernel shows it, 15 bytes at most: "dockerd"
  std::uint64_t start_ticks = 0;  // clock ticks after boot
  // It has been killed or is ending, and will never run its program again; it may still need a
  // while for its end.
  bool is_dying = false;
};

// From /proc/<pid>/stat, and where its first thread has left others alone, from those of up to
// kThreadsMax others. Needs no right over the process. kNotFound: no such process, or not visible.
inline constexpr int kThreadsMax = 64;
Result<ProcessLife> ReadLife(std::int32_t pid);

// The same from the text of that file alone: without the right to trace the process, one whose
// first thread has left may read as alive. kDataLoss for anything else.
Result<ProcessLife> ParseLife(std::string_view stat);

// The text of /proc/<pid>/cgroup. kNotFound: no such process, or not visible.
Result<std::string> ReadCgroup(std::int32_t pid);

// The id (64 lower-case hex digits) of the innermost container that a /proc/<pid>/cgroup text
// names; empty for none. Knows every form that has the whole id as a word, whatever stands around
// it:
// "/docker/<id>" (cgroupfs), "docker-<id>.scope" (systemd), "libpod-<id>.scope", "/../<id>".
std::string ContainerIn(std::string_view cgroup);

// The id of the container that a process with this /proc/<pid>/mountinfo text lives in; empty for
// none. Engines mount a file of the container's own over /etc/hostname and its like, whose path has
// the id. Other mounts count for nothing: on the host those of every container are in the list.
std::string ContainerInMounts(std::string_view mountinfo);

}  // namespace fairlead::runtime
