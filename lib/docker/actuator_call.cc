// The daemon's half of what passes between it and its actuator.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "docker/actuator_message.h"
#include "docker/asked.h"
#include "runtime/passed_packet.h"

namespace fairlead::docker {
namespace {

Error NotTaken(const HttpQuestion& question, int error) {
  const std::string why = std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE || error == ETOOMANYREFS)
    return {Code::kResourceExhausted,
            question.doing +
                ": no file descriptor is left; raise the limit (ulimit -n, "
                "LimitNOFILE)"};
  return {Code::kUnavailable, question.doing +
                                  ": the process of ours that holds the engine's socket takes no "
                                  "question: " +
                                  why + "; if this stays, restart fairleadd"};
}

// Sends the question. What comes back is read from the connection.
Result<std::unique_ptr<runtime::Connection>> Send(asio::io_context& context, int actuator,
                                                  const HttpQuestion& question) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return std::unexpected(NotTaken(question, errno));
  const int error = runtime::SendPacket(actuator, WriteQuestion(question.request), ends[1]);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return std::unexpected(NotTaken(question, error));
  }
  runtime::Socket socket(context);
  boost::system::error_code failed;
  socket.assign(asio::local::stream_protocol(), ends[0], failed);
  if (failed) {
    close(ends[0]);
    return std::unexpected(NotTaken(question, failed.value()));
  }
  return std::make_unique<runtime::Connection>(std::move(socket));
}

}  // namespace

asio::awaitable<Result<Asked>> AskThroughActuator(asio::io_context& context,
                                                  const Endpoint& endpoint,
                                                  const EngineLimits& limits,
                                                  const HttpQuestion& question) {
  if (const Result<RequestLine> line = LineOf(question.request); !line)
    co_return std::unexpected(line.error());
  auto connection = Send(context, endpoint.actuator, question);
  if (!connection) co_return std::unexpected(connection.error());
  Asked asked{.connection = *std::move(connection)};
  asked.deadline = std::make_unique<runtime::Deadline>(asked.connection->socket, question.deadline);
  const std::size_t buffer_bytes = limits.read_buffer_bytes;
  const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_bytes);
  while (true) {
    const runtime::IoOutcome outcome =
        co_await ReadSome(*asked.connection, {buffer.get(), buffer_bytes});
    asked.first.append(buffer.get(), outcome.bytes);
    auto read = ReadHead(asked.first);
    if (!read) co_return std::unexpected(read.error());
    if (const std::optional<HeadRead>& head = *read) {
      if (head->head.refusal.code != Code::kOk) co_return std::unexpected(head->head.refusal);
      asked.peer_pid = head->head.peer_pid;
      asked.first.erase(0, head->bytes);
      co_return asked;
    }
    if (outcome.error == asio::error::eof) {
      co_return Fail(Code::kUnavailable,
                     question.doing +
                         ": the process of ours that holds the engine's socket has ended during "
                         "the call; another takes its place");
    }
    if (outcome.error) {
      co_return std::unexpected(
          IoError(question, endpoint, "read answer", outcome.error, asked.deadline.get()));
    }
  }
}

}  // namespace fairlead::docker
