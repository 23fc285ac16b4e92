// SocketIn: a socket that lives in a container's network namespace.
//
// Why: a socket stays in the namespace in which it was made, whoever uses it. So everything that
// has to look from inside (who is connected, which interfaces there are, a health check where the
// host has no route) needs the namespace for one system call only.
// How: setns(2) moves a thread, so each call has a thread of its own that makes the one socket and
// ends; no thread whose namespace was switched ever runs anything else.
// Needs the host's PID namespace, SYS_ADMIN for setns and SYS_PTRACE for the /proc/PID/ns of
// others. Threads: any; a call blocks for some 50 us.
#pragma once

#include <cstdint>
#include <string>

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// As NamespaceWork::SocketIn, of any kind.
Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind);

// Whether the process is the container's, and the same that it was. To be asked after something of
// it was opened: a process that is the right one now was it then, too. kNotFound: it is not.
Result<> CheckPlace(const spec::NetworkNamespace& place);

// When process `pid` began, in the kernel's ticks since boot; 0 = not seen from here. Needs no
// right.
std::uint64_t StartTicks(std::int64_t pid);

// errno as an Error: "<doing>: <cause>".
Error Errno(const std::string& doing);

}  // namespace fairlead::netdiag
