// ContainerFile: what is read of a container's files, below its own root.
//
// Why by steps and not by openat2: its flags are in memory, where a filter of system calls does not
// see them, and the process that does this may open nothing for writing. So each name of the path
// is looked at by itself, links are followed as text, and ".." goes back the way that was come:
// nothing leads out of the root, whatever the container renames meanwhile.
// Needs SYS_PTRACE for the /proc/PID/root of others. Threads: any; blocks on the container's file
// system, for ever where that hangs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// Of /etc/resolv.conf: a few lines; libc reads three servers of it.
inline constexpr std::size_t kResolvConfBytesMax = std::size_t{16} * 1024;
// As the kernel has it for one path (MAXSYMLINKS), and far above every real path's depth.
inline constexpr int kLinksMax = 40;
inline constexpr int kNamesMax = 256;

// As NamespaceWork::Read.
Result<std::string> ReadContainerFile(const spec::NetworkNamespace& place, ContainerFile file);

// A file below the root of a process, as that process would open it: no link leads out. Regular
// files only, at most `bytes_max` of them.
Result<std::string> ReadInside(std::int64_t pid, const std::string& path, std::size_t bytes_max);

}  // namespace fairlead::netdiag
