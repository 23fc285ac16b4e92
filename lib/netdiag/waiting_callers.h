// WaitsInVain: which connections of a silent server are worth resetting.
//
// Why pure: a reset cannot be taken back, so what it rests on is judged on values, one test each.
// The kernel says of each connection when the server last sent something, and how much of what the
// caller sent the server has taken; neither can be faked by a server that only looks busy.
// Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/time.h"

namespace fairlead::netdiag {

// One established connection as the server's end has it.
struct ServedSocket {
  std::uint64_t cookie = 0;               // the kernel's own name for the socket, never used again
  std::uint16_t remote_port = 0;          // the caller's
  std::uint32_t receive_queue_bytes = 0;  // arrived, not yet taken by the server
  // Taken by the server, in all; none = the kernel does not tell (older than 4.2).
  std::optional<std::uint64_t> taken_bytes;
  // Since the server last sent data, or since the connection began; none = not told.
  std::optional<Duration> quiet_for;
  bool has_sent = true;  // false: told that the server never sent a byte on it
};

// What earlier looks saw of queues that were not empty: how much had been taken, by cookie.
using Queues = std::map<std::uint64_t, std::uint64_t>;

enum class Waiting {
  kNo,
  kSilent,     // no byte from the server for as long as was asked, or none ever
  kUndrained,  // its bytes lie there and none was taken since the earlier look
  kPerhaps,    // bytes lie there: another look will tell
};

// `silent_for`: since the first check that failed. What is not told never counts as silence.
Waiting WaitsInVain(const ServedSocket& socket, Duration silent_for, const Queues& earlier);

}  // namespace fairlead::netdiag
