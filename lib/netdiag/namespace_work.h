// NamespaceWork: all that is done inside containers' network namespaces, and below their roots.
//
// Why an interface: it takes SYS_ADMIN, SYS_PTRACE and NET_ADMIN, with which a host can be taken.
// So the process that talks to the network has none of them, and asks one that does nothing else
// (namespace_client.h, namespace_server.h); that one, and tests, do it themselves (direct_work.h).
// Everything that is weighed stays with who asks: who qualifies for a reset, what a table of
// sockets means. Each call is about a container and a process of it, and is refused unless that
// process's cgroup names the container.
// Threads: any. Calls block: some 50 us directly, 100 us through the pair, kAnswerPatience at most.
#pragma once

#include <linux/inet_diag.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "runtime/file_descriptor.h"
#include "spec/network_namespace.h"

namespace fairlead::netdiag {

using runtime::FileDescriptor;

struct SocketKind {  // as socket(2) takes them; always close-on-exec
  int family = 0;
  int type = 0;
  int protocol = 0;
  bool operator==(const SocketKind&) const = default;
};

// One TCP connection of a namespace, as a dump of sock_diag names it.
struct KernelConnection {
  std::uint8_t family = 0;
  inet_diag_sockid id{};
};

// What is ever read of a container, by name, so that nobody can ask for another.
enum class ContainerFile : std::uint8_t { kResolvConf };

class NamespaceWork {
 public:
  virtual ~NamespaceWork() = default;

  // A socket that lives in the container's network namespace. Errors: kNotFound (no such process,
  // or it is not that container's any more), kPermissionDenied (a missing capability; the message
  // names it), kResourceExhausted (no descriptor or thread left), kUnimplemented (the kernel has no
  // such sockets), kInvalidArgument (no kind of namespace_policy.h), kUnavailable (who does it does
  // not answer), kInternal.
  virtual Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind) = 0;

  // Aborts connections: their peers see a reset at once. Returns how many; what has ended meanwhile
  // does not count. An error only when the first that could not be reset came before any that
  // could: as SocketIn, and kUnimplemented (a kernel without CONFIG_INET_DIAG_DESTROY).
  virtual Result<int> Reset(const spec::NetworkNamespace& place,
                            std::span<const KernelConnection> connections) = 0;

  // Whether connections can be reset on this host, as tried once.
  virtual Result<> CanReset() = 0;

  // A file below the container's own root, as its processes would open it. Errors as SocketIn, and
  // kResourceExhausted (longer than it ever is), kInvalidArgument (no regular file),
  // kFailedPrecondition (links that lead in circles and their like).
  virtual Result<std::string> Read(const spec::NetworkNamespace& place, ContainerFile file) = 0;
};

}  // namespace fairlead::netdiag
