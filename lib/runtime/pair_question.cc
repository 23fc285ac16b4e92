#include "runtime/pair_question.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::runtime {

Result<Heard> AskOver(int pair, std::string_view question, TimePoint deadline,
                      std::size_t bytes_max, PassedPacket& answer) {
  Heard heard = Heard::kEnd;
  for (int i = 0; i < kQuestionTries && heard == Heard::kEnd; ++i) {
    const auto ours = SendQuestion(pair, question);
    if (!ours) return NotAsked(ours.error());
    heard = WaitForPacket(ours->get(), bytes_max, deadline, answer);
  }
  return heard;
}

std::unexpected<Error> NotAsked(int error) {
  if (error == EMFILE || error == ENFILE || error == ETOOMANYREFS)
    return Fail(Code::kResourceExhausted,
                "no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)");
  return Fail(Code::kUnavailable,
              std::generic_category().message(error) + "; if this stays, restart fairleadd");
}

std::expected<FileDescriptor, int> SendQuestion(int pair, std::string_view question) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return std::unexpected(errno);
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const int error = SendPacket(pair, question, theirs.get());
  if (error != 0) return std::unexpected(error);
  return ours;
}

bool WaitFor(int descriptor, short events, TimePoint deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Now());
    pollfd waited{.fd = descriptor, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0) return ready > 0;
    // Else: a signal.
  }
}

Heard WaitForPacket(int socket, std::size_t bytes_max, TimePoint deadline, PassedPacket& packet) {
  while (WaitFor(socket, POLLIN, deadline)) {
    switch (ReceivePacket(socket, bytes_max, packet)) {
      case PacketReceived::kPacket:
        return Heard::kPacket;
      case PacketReceived::kEnd:
        return Heard::kEnd;
      case PacketReceived::kNothing:
        break;
    }
  }
  return Heard::kSilence;
}

bool HasLeft(int socket) {
  pollfd end{.fd = socket, .events = 0, .revents = 0};
  return poll(&end, 1, 0) == 1;
}

void ServeQuestions(int pair, std::size_t bytes_max, const Serve& serve) {
  PassedPacket packet;
  while (true) {
    switch (ReceivePacket(pair, bytes_max, packet)) {
      case PacketReceived::kEnd:
        return;
      case PacketReceived::kNothing: {
        pollfd next{.fd = pair, .events = POLLIN, .revents = 0};
        poll(&next, 1, -1);
        break;
      }
      case PacketReceived::kPacket:
        if (IsUnixSocket(packet.descriptor.get(), SOCK_SEQPACKET))
          serve(packet.bytes, std::move(packet.descriptor));
        break;
    }
  }
}

}  // namespace fairlead::runtime
