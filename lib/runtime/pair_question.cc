#include "runtime/pair_question.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

#include "runtime/clock.h"

namespace fairlead::runtime {
namespace {

Result<Heard> AskOnce(int pair, std::string_view question, TimePoint deadline,
                      std::size_t bytes_max, PassedPacket& answer) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return NotAsked(errno);
  const FileDescriptor ours(ends[0]);
  {
    const FileDescriptor theirs(ends[1]);
    if (const int error = SendPacket(pair, question, theirs.get()); error != 0)
      return NotAsked(error);
  }
  while (true) {
    pollfd waited{.fd = ours.get(), .events = POLLIN, .revents = 0};
    const int ready = poll(&waited, 1, MillisecondsUntil(deadline));
    if (ready == 0) return Heard::kSilence;
    if (ready < 0) continue;  // a signal
    switch (ReceivePacket(ours.get(), bytes_max, answer)) {
      case PacketReceived::kPacket:
        return Heard::kAnswer;
      case PacketReceived::kEnd:
        return Heard::kEnd;
      case PacketReceived::kNothing:
        break;
    }
  }
}

}  // namespace

std::unexpected<Error> NotAsked(int error) {
  if (error == EMFILE || error == ENFILE || error == ETOOMANYREFS)
    return Fail(Code::kResourceExhausted,
                "no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)");
  return Fail(Code::kUnavailable,
              std::generic_category().message(error) + "; if this stays, restart fairleadd");
}

int MillisecondsUntil(TimePoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

Result<Heard> AskOver(int pair, std::string_view question, TimePoint deadline,
                      std::size_t bytes_max, PassedPacket& answer) {
  Result<Heard> heard = Heard::kEnd;
  for (int i = 0; i < kQuestionTries && heard && *heard == Heard::kEnd; ++i)
    heard = AskOnce(pair, question, deadline, bytes_max, answer);
  return heard;
}

}  // namespace fairlead::runtime
