// SyscallFilter: which system calls a process may still make; a program for seccomp(2).
//
// Why by hand: two dozen instructions, and the release image needs no library for them. A call that
// is refused fails with EPERM, as it would without the right to it, and nothing is killed: what a
// library tries and can do without goes on as on a host that lacks it.
// The programs are values; Install() is the shell. Other architectures than the one we are built
// for, and x32, are refused whatever the lists say.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace fairlead::confine {

using FilterProgram = std::vector<sock_filter>;

// At exit LeakSanitizer looks at the process's other threads as a debugger does, and to see whether
// memory is there the others write it into a pipe. What is built without them may do neither.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

// What the part that talks to the network gives up: all calls that give power over the host or
// other processes: namespaces, mounts, tracing and others' memory, modules, clocks, bpf, keys,
// io_uring (which passes filters by), files by handle; and the start of programs. Sockets are of
// the internet or netlink: a unix socket, such as the engine's, can be accepted and made in pairs,
// but none can be connected any more. Why a list of what is refused: gRPC, the C library and
// sanitizers change what they call.
FilterProgram NetworkFilter();

// What the part that writes files of other programs gives up. With `has_checks`: as above, but that
// programs are started; they have this filter, too. Without: as above, and no socket is made.
FilterProgram SinkFilter(bool has_checks);

// No call but those that an event loop with unix and internet sockets makes, the reading of files,
// memory, threads of a name look-up, and its end. No program can be started, no file written.
FilterProgram ActuatorFilter();

// No call but those that make a socket in another network namespace, ask netlink's tables of routes
// and of connections, read files and pass both on; memory, threads, and its end. Nothing can be
// connected, listened to, written to a file or started, and no other kind of namespace entered.
FilterProgram NamespaceFilter(bool is_sanitized = kIsSanitized);

// No call but those that answer packets over a pair with files opened for reading; memory, and its
// end.
FilterProgram NamedFilesFilter(bool is_sanitized = kIsSanitized);

// No call but those that make, write, give away and remove files and links, read the clock and
// chance, and answer over a pair that is there; memory, and its end. No socket can be made,
// connected or listened to, no program or thread started, no device made, and no file given rights
// of its owner's (set-user-ID).
FilterProgram AuthorityFilter(bool is_sanitized = kIsSanitized);

// For all threads of this process and all that they start. REQUIRES: ForbidNewPrivileges().
// kUnimplemented: this kernel has no filters, or one thread has others.
Result<> Install(const FilterProgram& program);

}  // namespace fairlead::confine
