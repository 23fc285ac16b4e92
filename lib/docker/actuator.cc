#include "docker/actuator.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "docker/actuator_message.h"
#include "docker/asked.h"
#include "docker/http_call.h"
#include "docker/wire.h"
#include "runtime/no_throw.h"
#include "runtime/passed_packet.h"

namespace fairlead::docker {
namespace {

using runtime::kNoThrow;
using runtime::PacketReceived;

// The engine's answers are as long as they are; who asked waits for them and hangs up.
constexpr Duration kNoDeadline = std::chrono::hours(48);

struct Actuator {
  asio::io_context& context;
  const Endpoint endpoint;
  const EngineLimits limits;
  const Grants grants;
  int questions = 0;  // that are being asked
};

// One question, its asker's stream, and the engine's connection once there is one.
struct Question {
  explicit Question(runtime::Socket socket) : asker(std::move(socket)) {}
  runtime::Connection asker;
  runtime::Connection* engine = nullptr;
  bool has_left = false;  // the asker
};

void Close(runtime::Socket& socket) {
  boost::system::error_code ignored;
  socket.close(ignored);
}

// The asker says nothing on its stream; whatever is read there means that it has gone.
asio::awaitable<void> WatchAsker(std::shared_ptr<Question> question) {
  std::array<char, 1> byte{};
  co_await ReadSome(question->asker, byte);
  question->has_left = true;
  if (question->engine != nullptr) Close(question->engine->socket);
}

// The container as it is now, asked for by the actuator for itself.
asio::awaitable<Result<>> LookAndJudge(Actuator& self, const EngineRequest& request) {
  EngineRequest look{.verb = Verb::kInspect, .version = request.version, .id = request.id};
  HttpQuestion question{.doing = DoingOf(look),
                        .request = std::move(look),
                        // A busy engine, slow to answer, is no reason to leave an act undone.
                        .deadline = self.limits.act_deadline,
                        .body_bytes_max = self.limits.body_bytes_max};
  const std::string doing = question.doing;
  const auto answer = co_await Ask(self.context, self.endpoint, self.limits, std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  const auto checked = CheckStatus(doing, answer->status, answer->body);
  if (!checked) co_return checked;
  const auto facts = ReadInspect(answer->body);
  if (!facts) co_return Fail(facts.error().code, doing + ": " + facts.error().message);
  co_return MayAct(request, *facts, self.grants);
}

// What may be asked of it, asked. The request is on the wire only if this is no error.
asio::awaitable<Result<Asked>> AskIfAllowed(Actuator& self, Question& question,
                                            const std::string& packet) {
  if (self.questions > kQuestionsMax)
    co_return Fail(Code::kResourceExhausted, "ask the engine: too many questions at once");
  const auto request = ReadQuestion(packet);
  if (!request) co_return std::unexpected(request.error());
  const auto may_at_once = MayAskAtOnce(*request, self.grants);
  if (!may_at_once) co_return std::unexpected(may_at_once.error());
  if (!*may_at_once) {
    const auto judged = co_await LookAndJudge(self, *request);
    if (!judged) co_return std::unexpected(judged.error());
  }
  // Nobody waits for it any more: what has not been asked for yet is not done.
  if (question.has_left) co_return Fail(Code::kCancelled, "ask the engine: cancelled");
  HttpQuestion asked{.doing = DoingOf(*request),
                     .request = *request,
                     .deadline = kNoDeadline,
                     .body_bytes_max = 0};
  auto done = co_await AskDirectly(self.context, self.endpoint, self.limits, asked);
  co_return done;
}

// The engine's bytes to the asker, the first ones behind the head, until either has enough.
asio::awaitable<void> PassOn(Actuator& self, Question& question, Asked& asked) {
  std::vector<char> buffer(self.limits.read_buffer_bytes);
  AnswerHead head{.peer_pid = asked.peer_pid};
  bool is_first = true;
  while (!question.has_left) {
    const runtime::IoOutcome read = co_await ReadSome(*asked.connection, buffer);
    if (question.has_left) co_return;
    const bool has_ended = read.error == asio::error::eof;
    if (is_first && read.error && !has_ended) {
      const HttpQuestion about{.doing = "ask the engine", .request = {}};
      head.refusal = IoError(about, self.endpoint, "read answer", read.error, nullptr);
    }
    std::string bytes = is_first ? WriteHead(head) : std::string();
    is_first = false;
    bytes.append(buffer.data(), read.bytes);
    const runtime::IoOutcome written = co_await WriteAll(question.asker, bytes);
    if (read.error || written.error) co_return;
  }
}

asio::awaitable<void> Serve(std::shared_ptr<Actuator> self, std::shared_ptr<Question> question,
                            std::string packet) {
  ++self->questions;
  auto asked = co_await AskIfAllowed(*self, *question, packet);
  if (asked) {
    asked->deadline.reset();
    question->engine = asked->connection.get();
    co_await PassOn(*self, *question, *asked);
    question->engine = nullptr;
  } else {
    const std::string head = WriteHead({.refusal = asked.error()});
    co_await WriteAll(question->asker, head);
  }
  Close(question->asker.socket);
  --self->questions;
}

// A socket for the stream of a packet; nothing for a descriptor that is no unix stream.
std::optional<runtime::Socket> StreamOf(asio::io_context& context,
                                        runtime::FileDescriptor descriptor) {
  if (!runtime::IsUnixSocket(descriptor.get(), SOCK_STREAM)) return std::nullopt;
  runtime::Socket socket(context);
  boost::system::error_code failed;
  socket.assign(asio::local::stream_protocol(), descriptor.get(), failed);
  if (failed) return std::nullopt;
  descriptor.Release();
  socket.non_blocking(true, failed);
  if (failed) return std::nullopt;
  return socket;
}

}  // namespace

asio::awaitable<void> ServeQuestions(asio::io_context& context, int pair, Endpoint endpoint,
                                     EngineLimits limits, Grants grants) {
  endpoint.actuator = -1;
  auto self =
      std::make_shared<Actuator>(Actuator{context, std::move(endpoint), limits, std::move(grants)});
  asio::posix::stream_descriptor descriptor(context, pair);
  while (true) {
    const auto [failed] =
        co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
    if (failed) co_return;
    runtime::PassedPacket packet;
    auto received = PacketReceived::kPacket;
    while ((received = runtime::ReceivePacket(pair, kQuestionBytesMax, packet)) ==
           PacketReceived::kPacket) {
      std::optional<runtime::Socket> stream = StreamOf(context, std::move(packet.descriptor));
      if (!stream) continue;
      auto question = std::make_shared<Question>(*std::move(stream));
      asio::co_spawn(context, WatchAsker(question), asio::detached);
      asio::co_spawn(context, Serve(self, std::move(question), std::move(packet.bytes)),
                     asio::detached);
      packet = {};
    }
    if (received == PacketReceived::kEnd) co_return;
  }
}

}  // namespace fairlead::docker
