#include "netdiag/namespace_client.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/clock.h"
#include "runtime/pair_question.h"

namespace fairlead::netdiag {
namespace {

using runtime::Heard;

constexpr std::string_view kDoing = "ask the process of ours that enters containers' networks: ";

std::unexpected<Error> NotDone(const Error& error) {
  return Fail(error.code, std::string(kDoing) + error.message);
}

}  // namespace

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
  runtime::PassedPacket received;
  const Result<Heard> heard =
      runtime::AskOver(pair_, *packet, began + patience, kNamespaceAnswerBytesMax, received);
  if (!heard) return NotDone(heard.error());
  // A container's file may be slow by itself.
  if (*heard != Heard::kPacket) return NobodyAnswers(*heard, question.verb != NamespaceVerb::kRead);
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
  if (!answered->socket.valid()) return NotDone(runtime::NotAsked(EMFILE).error());
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
