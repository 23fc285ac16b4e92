#include "filesink/sink_exchange.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include "runtime/clock.h"

namespace fairlead::filesink {
namespace {

// False: nothing has happened until `deadline`.
bool WaitUntil(int socket, short events, TimePoint deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - runtime::Now());
    pollfd waited{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0) return ready > 0;
    // Else: a signal.
  }
}

}  // namespace

Heard WaitForPacket(int socket, std::size_t bytes_max, TimePoint deadline,
                    runtime::PassedPacket& packet) {
  while (WaitUntil(socket, POLLIN, deadline)) {
    switch (runtime::ReceivePacket(socket, bytes_max, packet)) {
      case runtime::PacketReceived::kPacket:
        return Heard::kPacket;
      case runtime::PacketReceived::kEnd:
        return Heard::kEnd;
      case runtime::PacketReceived::kNothing:
        break;
    }
  }
  return Heard::kSilence;
}

Heard SendPieces(int socket, std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const int error = runtime::SendPacket(socket, bytes.substr(0, kPieceBytes), -1);
    if (error == 0) {
      bytes.remove_prefix(std::min(bytes.size(), kPieceBytes));
    } else if (error != EAGAIN) {
      return Heard::kEnd;
    } else if (!WaitUntil(socket, POLLOUT, deadline)) {
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
    if (WaitForPacket(socket, wanted, deadline, piece) != Heard::kPacket) return std::nullopt;
    if (piece.bytes.size() != wanted) return std::nullopt;
    whole += piece.bytes;
  }
  return whole;
}

bool HasLeft(int socket) {
  pollfd end{.fd = socket, .events = 0, .revents = 0};
  return poll(&end, 1, 0) == 1;
}

}  // namespace fairlead::filesink
