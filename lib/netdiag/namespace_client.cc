#include "netdiag/namespace_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::netdiag {
namespace {

constexpr std::string_view kDoing = "ask the process of ours that enters containers' networks: ";

std::unexpected<Error> NotAsked(int error) {
  const std::string why = std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE || error == ETOOMANYREFS)
    return Fail(Code::kResourceExhausted,
                std::string(kDoing) +
                    "no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)");
  return Fail(Code::kUnavailable, std::string(kDoing) + why + "; if this stays, restart fairleadd");
}

// Milliseconds until `deadline`, rounded up; 0 when it has passed.
int LeftUntil(TimePoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - runtime::Now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

}  // namespace

Result<NamespaceClient::Heard> NamespaceClient::AskOnce(const std::string& question,
                                                        TimePoint deadline,
                                                        runtime::PassedPacket& answer) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return NotAsked(errno);
  const FileDescriptor ours(ends[0]);
  {
    const FileDescriptor theirs(ends[1]);
    const int error = runtime::SendPacket(pair_, question, theirs.get());
    if (error != 0) return NotAsked(error);
  }
  while (true) {
    pollfd waited{.fd = ours.get(), .events = POLLIN, .revents = 0};
    const int left = LeftUntil(deadline);
    const int ready = poll(&waited, 1, left);
    if (ready == 0) return Heard::kSilence;
    if (ready < 0) continue;  // a signal
    switch (runtime::ReceivePacket(ours.get(), kNamespaceAnswerBytesMax, answer)) {
      case runtime::PacketReceived::kPacket:
        return Heard::kAnswer;
      case runtime::PacketReceived::kEnd:
        return Heard::kEnd;
      case runtime::PacketReceived::kNothing:
        break;
    }
  }
}

std::unexpected<Error> NamespaceClient::NobodyAnswers(Heard heard, bool is_fast) {
  ++unanswered_;
  if (is_fast) silent_until_ = (runtime::Now() + kSilenceKept).time_since_epoch().count();
  return Fail(Code::kUnavailable,
              std::string(kDoing) + (heard == Heard::kEnd
                                         ? "it has ended during the question; another takes its "
                                           "place, and the log says of what it died"
                                         : "it does not answer; if this stays, restart fairleadd"));
}

Result<NamespaceClient::Answered> NamespaceClient::Ask(const NamespaceQuestion& question) {
  return Ask(question, patience_);
}

Result<NamespaceClient::Answered> NamespaceClient::Ask(const NamespaceQuestion& question,
                                                       Duration patience) {
  const Result<std::string> packet = WriteNamespaceQuestion(question);
  if (!packet) return std::unexpected(packet.error());
  const TimePoint began = runtime::Now();
  if (began.time_since_epoch().count() < silent_until_)
    return NobodyAnswers(Heard::kSilence, false);
  constexpr int kTries = 2;
  runtime::PassedPacket received;
  Heard heard = Heard::kEnd;
  for (int i = 0; i < kTries && heard == Heard::kEnd; ++i) {
    const Result<Heard> once = AskOnce(*packet, began + patience, received);
    if (!once) return std::unexpected(once.error());
    heard = *once;
  }
  // A container's file may be slow by itself.
  if (heard != Heard::kAnswer) return NobodyAnswers(heard, question.verb != NamespaceVerb::kRead);
  Result<NamespaceAnswer> answer = ReadNamespaceAnswer(received.bytes);
  if (!answer) return std::unexpected(answer.error());
  if (answer->refusal.code != Code::kOk) return std::unexpected(std::move(answer->refusal));
  return Answered{.answer = *std::move(answer), .socket = std::move(received.descriptor)};
}

Result<FileDescriptor> NamespaceClient::SocketIn(const spec::NetworkNamespace& place,
                                                 SocketKind kind) {
  Result<Answered> answered = Ask({.verb = NamespaceVerb::kSocket, .place = place, .kind = kind});
  if (!answered) return std::unexpected(answered.error());
  // The kernel leaves it away where it finds no place for it.
  if (!answered->socket.valid()) return NotAsked(EMFILE);
  return std::move(answered->socket);
}

Result<int> NamespaceClient::Reset(const spec::NetworkNamespace& place,
                                   std::span<const KernelConnection> connections) {
  int reset = 0;
  while (!connections.empty()) {
    const std::size_t count = std::min(connections.size(), kResetsMax);
    const auto some = connections.first(count);
    const Result<Answered> answered = Ask(
        {.verb = NamespaceVerb::kReset, .place = place, .connections = {some.begin(), some.end()}});
    if (!answered && reset == 0) return std::unexpected(answered.error());
    if (!answered) return reset;
    reset += answered->answer.reset;
    connections = connections.subspan(count);
  }
  return reset;
}

Result<> NamespaceClient::CanReset() {
  const Result<Answered> answered = Ask({.verb = NamespaceVerb::kCanReset}, kStartPatience);
  if (!answered) return std::unexpected(answered.error());
  return {};
}

Result<std::string> NamespaceClient::Read(const spec::NetworkNamespace& place, ContainerFile file) {
  Result<Answered> answered = Ask({.verb = NamespaceVerb::kRead, .place = place, .file = file});
  if (!answered) return std::unexpected(answered.error());
  return std::move(answered->answer.text);
}

}  // namespace fairlead::netdiag
