// Parting: the last moments of a peer that is refused, in which it may read why.
//
// Why: whoever closes a socket with bytes of the peer unread, or that still come, resets the
// connection, and a peer that is writing hears of the reset in place of the word that says why.
// So nothing more is said, and what the peer goes on to say is taken away unread until it leaves.
// Threads: the connection's loop. Limits: kPartingPatience, kPartingBytesMax; its owner has places
// for connections, and this one keeps its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "base/time.h"
#include "h2/transport.h"

namespace fairlead::h2 {

// A client on the other side of the world needs a third of it.
inline constexpr Duration kPartingPatience = std::chrono::seconds(1);
// What is under way when a client is refused: a window of a connection, twice. Who sends more does
// not wait for a word.
inline constexpr std::size_t kPartingBytesMax = 128 * 1024;

class Parting {
 public:
  // Tells the peer that nothing more will come. Whatever was to be said has been written.
  Parting(Transport& transport, TimePoint now);

  // To be called whenever the socket has something, edge-triggered. True: the peer has gone, or
  // said too much.
  bool Hear(std::span<std::byte> scratch);
  bool IsLate(TimePoint now) const { return now - begun_at_ >= kPartingPatience; }

 private:
  const int descriptor_;
  const TimePoint begun_at_;
  std::size_t heard_bytes_ = 0;
};

}  // namespace fairlead::h2
