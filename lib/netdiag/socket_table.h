// SocketTable: who is connected to a port inside a container, asked of the kernel.
//
// Why: before a replica is restarted its callers must be gone, and the kernel knows best: a client
// that dropped the endpoint closes its connection when its last call ends. Works for images without
// a shell, costs the container nothing. Needs the host's PID namespace.
// How: a netlink sock_diag socket (sock_diag(7)) is made inside the network namespace of the
// container's init (namespace_work.h) and then asked from outside, which takes no right.
// Threads: any; calls block for well under a millisecond.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "netdiag/namespace_work.h"
#include "spec/names.h"

namespace fairlead::netdiag {

// One established TCP connection, seen from inside the container.
struct Connection {
  std::string remote_ip;  // literal; IPv4-mapped addresses as IPv4
  std::uint16_t remote_port = 0;
  std::uint32_t receive_queue_bytes = 0;  // arrived, not yet read by the server
  std::uint32_t send_queue_bytes = 0;     // written, not yet acknowledged by the peer
  bool operator==(const Connection&) const = default;
};

// The established connections to local TCP port `port` in the network namespace of process `pid`,
// which must belong to container `id` (checked in its cgroup, against a reused pid). Connections
// that this process made from inside that namespace (checks of what the host cannot reach) do not
// count. Errors: kNotFound (no such process, or it is not that container's), kPermissionDenied
// (missing capability), kUnimplemented (the kernel has no sock_diag), kUnavailable (as
// NamespaceWork), kInternal.
Result<std::vector<Connection>> ConnectionsTo(NamespaceWork& work, const ContainerId& id,
                                              std::int64_t pid, std::uint16_t port);

// The same in the caller's own network namespace.
Result<std::vector<Connection>> ConnectionsHere(std::uint16_t port);

// The local ports of this process's own connections to `ip`:`port`, in the caller's namespace: what
// a replica sees as the remote ports of our health checks. `ip` is a literal address.
Result<std::set<std::uint16_t>> OwnPortsTo(const std::string& ip, std::uint16_t port);

}  // namespace fairlead::netdiag
