// The kernel's sock_diag(7): the established TCP connections of one network namespace, and the end
// of one of them. What socket_table, caller_cut and connection_reset have in common.
//
// Threads: any; a call blocks for well under a millisecond. Nothing here outlives a call.
#pragma once

#include <linux/inet_diag.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "base/result.h"
#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// A sock_diag socket of the caller's own network namespace.
Result<FileDescriptor> OpenSockDiag();

// One connection and, where they were asked for, its attributes (rtattr).
using KeepSocket = std::function<void(const inet_diag_msg&, std::span<const std::byte> attributes)>;

// Shows every established TCP connection of the namespace of `diag` to `keep`. `extensions` are
// bits 1 << (INET_DIAG_... - 1). Errors as Errno() has them.
Result<> DumpEstablished(int diag, std::uint8_t extensions, const KeepSocket& keep);

// Aborts one connection: its peer sees a reset at once. `family` and `id` as a dump showed them.
// Errors: kNotFound (it has ended meanwhile), kPermissionDenied (no NET_ADMIN over the namespace),
// kUnimplemented (a kernel without CONFIG_INET_DIAG_DESTROY), kInternal.
Result<> DestroySocket(int diag, std::uint8_t family, const inet_diag_sockid& id);

// A literal; IPv4-mapped addresses as IPv4.
std::string AddressText(std::uint8_t family, const std::uint32_t (&words)[4]);

// The inodes of this process's sockets.
std::set<std::uint64_t> OwnSockets();

}  // namespace fairlead::netdiag
