// WaitingCallers: which connections of a server that answers no check are worth resetting.
//
// Why pure: a reset cannot be taken back, so what it rests on is judged on values, one test each.
// How: of each connection the kernel says when the server last sent something, how much it has sent
// in all, and what of that the caller has not taken yet. A frozen server sends nothing. One that
// hangs behind an HTTP/2 library that lives still sends that library's own frames: measured on
// stock servers, for each call that still arrives a window update and a PING (Go: 13 + 17 bytes), a
// PING now and then (C-core: 17), hardly any (Java); and nothing once no call arrives any more. So
// whoever sends less than an answer for a while answers nobody. A caller who does not take what he
// is sent waits for nobody but himself; but bytes that are under way show at one look alone (a
// caller acknowledges up to 40 ms late), so nobody is left for good because of them.
// Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/time.h"

namespace fairlead::netdiag {

// The smallest answer of gRPC that carries a message, on a connection whose headers are all known
// by number: HEADERS 9 + 2 bytes, DATA 9 + 5, HEADERS 9 + 1. The library's own frames have 9 to 17.
inline constexpr std::uint64_t kAnswerBytesMin = 35;

// Who was not answered for so long, after `fall` checks were not either, waits in vain. Together
// with suspicion's pace it keeps the promise "cut by interval + timeout + 300 ms".
inline constexpr Duration kAnswerWindow = std::chrono::milliseconds(150);

// One established connection as the server's end has it.
struct ServedSocket {
  std::uint64_t cookie = 0;            // the kernel's own name for the socket, never used again
  std::uint16_t remote_port = 0;       // the caller's
  std::uint32_t send_queue_bytes = 0;  // sent, or to be sent, and not yet acknowledged
  std::optional<std::uint64_t> sent_bytes;  // in all; none = not told (a kernel older than 4.19)
  // Since the server last sent data, or since the connection began; none = not told.
  std::optional<Duration> quiet_for;
  bool has_sent = true;  // false: told that the server never sent a byte on it
};

enum class Waiting {
  kNo,       // the kernel does not tell enough
  kPerhaps,  // another look will tell
  kInVain,
};

// What looks at one server have seen so far; a new one for each cut.
class WaitingCallers {
 public:
  // Who got no byte for `quiet_for`, or none ever, is judged at the first look.
  explicit WaitingCallers(Duration quiet_for) : quiet_for_(quiet_for) {}

  // REQUIRES: `now` never goes back. What is not told never counts as silence, and who has bytes
  // under way to him is never in vain.
  Waiting Judge(const ServedSocket& socket, TimePoint now);

 private:
  Waiting JudgeProgress(const ServedSocket& socket, TimePoint now);

  struct Mark {
    std::uint64_t sent_bytes = 0;
    TimePoint at{};
  };
  const Duration quiet_for_;
  std::map<std::uint64_t, Mark> last_answers_;  // by cookie: the last look that saw progress
};

}  // namespace fairlead::netdiag
