// The bytes of a page, in pieces over a question's own pair of sockets (runtime/pair_question.h).
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
#include "runtime/pair_question.h"

namespace fairlead::filesink {

inline constexpr std::size_t kPieceBytes = std::size_t{32} << 10;

// Each piece has kPieceBytes but the last. kSilence: the other end took too little in time; kEnd:
// it has left.
runtime::Heard SendPieces(int socket, std::string_view bytes, TimePoint deadline);

// Nothing: the other end has left, is too slow, or sends pieces of another length.
std::optional<std::string> ReceivePieces(int socket, std::size_t bytes, TimePoint deadline);

}  // namespace fairlead::filesink
