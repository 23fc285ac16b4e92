#include "filesink/page_pieces.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "runtime/passed_packet.h"

namespace fairlead::filesink {

using runtime::Heard;

Heard SendPieces(int socket, std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const int error = runtime::SendPacket(socket, bytes.substr(0, kPieceBytes), -1);
    if (error == 0) {
      bytes.remove_prefix(std::min(bytes.size(), kPieceBytes));
    } else if (error != EAGAIN) {
      return Heard::kEnd;
    } else if (!runtime::WaitFor(socket, POLLOUT, deadline)) {
      return Heard::kSilence;
    }
  }
  return Heard::kPacket;
}

std::optional<std::string> ReceivePieces(int socket, std::size_t bytes, TimePoint deadline) {
  std::string whole;
  runtime::PassedPacket piece;
  while (whole.size() < bytes) {
    const std::size_t wanted = std::min(bytes - whole.size(), kPieceBytes);
    if (runtime::WaitForPacket(socket, wanted, deadline, piece) != Heard::kPacket)
      return std::nullopt;
    if (piece.bytes.size() != wanted) return std::nullopt;
    whole += piece.bytes;
  }
  return whole;
}

}  // namespace fairlead::filesink
