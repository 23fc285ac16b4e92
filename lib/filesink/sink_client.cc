#include "filesink/sink_client.h"

#include <utility>

#include "filesink/page_pieces.h"
#include "runtime/clock.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::filesink {
namespace {

using runtime::Heard;

constexpr std::string_view kAsking = "ask the process of ours that writes files of lists: ";

std::unexpected<Error> NotDone(const Error& error) {
  return Fail(error.code, std::string(kAsking) + error.message);
}

std::unexpected<Error> NobodyAnswers(Heard heard) {
  return Fail(Code::kUnavailable,
              std::string(kAsking) +
                  (heard == Heard::kEnd
                       ? "it has ended during the question; another takes its place, and the log "
                         "says of what it died"
                       : "it does not answer; is the disk slow? If this stays, restart fairleadd"));
}

// Asks once and waits until `deadline`.
Result<Heard> AskOnce(int pair, const std::string& question, const std::string& page,
                      TimePoint deadline, runtime::PassedPacket& answer) {
  const auto ours = runtime::SendQuestion(pair, question);
  if (!ours) return NotDone(runtime::NotAsked(ours.error()).error());
  if (const Heard sent = SendPieces(ours->get(), page, deadline); sent != Heard::kPacket)
    return sent;
  return runtime::WaitForPacket(ours->get(), kSinkAnswerBytesMax, deadline, answer);
}

}  // namespace

Result<SinkAnswer> SinkClient::Ask(SinkVerb verb, std::size_t sink, const std::string& page) const {
  const std::string question =
      WriteSinkQuestion({.verb = verb,
                         .sink = static_cast<std::uint8_t>(sink),
                         .page_bytes = static_cast<std::uint32_t>(page.size())});
  const TimePoint deadline = runtime::Now() + patience_;
  runtime::PassedPacket received;
  Heard heard = Heard::kEnd;
  for (int i = 0; i < runtime::kQuestionTries && heard == Heard::kEnd; ++i) {
    const Result<Heard> once = AskOnce(pair_, question, page, deadline, received);
    if (!once) return std::unexpected(once.error());
    heard = *once;
  }
  if (heard != Heard::kPacket) return NobodyAnswers(heard);
  Result<SinkAnswer> answer = ReadSinkAnswer(received.bytes);
  if (answer && answer->refusal.code != Code::kOk)
    return std::unexpected(std::move(answer->refusal));
  return answer;
}

Result<> SinkClient::AskToDo(SinkVerb verb, std::size_t sink, const std::string& page) const {
  const Result<SinkAnswer> answer = Ask(verb, sink, page);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<SinkState> SinkClient::Look(std::size_t sink, const Page& page) {
  const Result<std::string> bytes = WritePage(page);
  if (!bytes) return std::unexpected(bytes.error());
  const Result<SinkAnswer> answer = Ask(SinkVerb::kLook, sink, *bytes);
  if (!answer) return std::unexpected(answer.error());
  return answer->state;
}

Result<> SinkClient::Write(std::size_t sink, const Page& page) {
  const Result<std::string> bytes = WritePage(page);
  if (!bytes) return std::unexpected(bytes.error());
  return AskToDo(SinkVerb::kWrite, sink, *bytes);
}

Result<> SinkClient::TakeBack(std::size_t sink) {
  return AskToDo(SinkVerb::kTakeBack, sink);
}

Result<> SinkClient::Settle(std::size_t sink) {
  return AskToDo(SinkVerb::kSettle, sink);
}

Result<std::int32_t> SinkClient::FindReader(std::size_t sink) {
  const Result<SinkAnswer> answer = Ask(SinkVerb::kFindReader, sink);
  if (!answer) return std::unexpected(answer.error());
  return answer->reader;
}

Result<> SinkClient::TellReader(std::size_t sink) {
  return AskToDo(SinkVerb::kTellReader, sink);
}

}  // namespace fairlead::filesink
