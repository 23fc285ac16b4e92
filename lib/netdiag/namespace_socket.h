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
#include <functional>

#include "base/result.h"
#include "netdiag/file_descriptor.h"
#include "spec/network_namespace.h"

namespace fairlead::netdiag {

struct SocketKind {  // as socket(2) takes them; always close-on-exec
  int family = 0;
  int type = 0;
  int protocol = 0;
};

// Errors: kNotFound (no such process, or it is not that container's any more), kPermissionDenied
// (a missing capability; the message names it), kResourceExhausted (no descriptor or thread left),
// kUnimplemented (the kernel has no such sockets), kInternal.
Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind);

// When process `pid` began, in the kernel's ticks since boot; 0 = not seen from here.
std::uint64_t StartTicks(std::int64_t pid);

// errno as an Error: "<doing>: <cause>".
Error Errno(const std::string& doing);

}  // namespace fairlead::netdiag
