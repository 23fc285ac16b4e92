// What may be asked of the process that enters containers' networks: kinds of sockets, and whose.
//
// Why again, as nothing else is asked for: who asks talks to the network. Whoever takes it over may
// then do inside containers' networks what these tables allow, and no more.
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// The kinds: TCP and UDP over IPv4 and IPv6 (checks, diagnoses), the routing table and the table of
// connections over netlink. Each blocking or not (SOCK_NONBLOCK). Nothing for any other.
std::optional<std::uint8_t> NumberOfKind(const SocketKind& kind);
std::optional<SocketKind> KindOfNumber(std::uint8_t number);

// A whole id, 64 lower-case hex digits, as cgroups of containers have it: a shorter text is in the
// path of many a process that is no container's.
inline constexpr std::size_t kContainerIdBytes = 64;
bool IsWholeId(std::string_view id);

}  // namespace fairlead::netdiag
