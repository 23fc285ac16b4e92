// What goes over one question's own pair of sockets, with a deadline: the bytes of a page, in
// pieces, and a packet that is waited for.
//
// Why pieces: a page may have megabytes, and a packet has room for some hundred kilobytes. Why no
// shared memory: who sent it could change what was already looked at.
// Threads: any; each blocks until its deadline at most.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "runtime/passed_packet.h"

namespace fairlead::filesink {

inline constexpr std::size_t kPieceBytes = std::size_t{32} << 10;

enum class Heard { kPacket, kSilence, kEnd };

// The next packet of `socket`, of `bytes_max` at most (one above that is a longer one).
Heard WaitForPacket(int socket, std::size_t bytes_max, TimePoint deadline,
                    runtime::PassedPacket& packet);

// Each piece has kPieceBytes but the last. kSilence: the other end took too little in time; kEnd:
// it has left.
Heard SendPieces(int socket, std::string_view bytes, TimePoint deadline);

// Nothing: the other end has left, is too slow, or sends pieces of another length.
std::optional<std::string> ReceivePieces(int socket, std::size_t bytes, TimePoint deadline);

// Whether the other end has left.
bool HasLeft(int socket);

}  // namespace fairlead::filesink
