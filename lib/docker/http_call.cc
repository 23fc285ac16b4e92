#include "docker/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "docker/connection.h"
#include "docker/deadline.h"
#include "docker/dial.h"
#include "docker/tls_client.h"
#include "runtime/peer_process.h"

namespace fairlead::docker {
namespace {

using boost::system::error_code;

// What one exchange works on. Lives in the coroutine that started it.
struct Exchange {
  Connection& connection;
  const Endpoint& endpoint;
  const HttpQuestion& question;
  AnswerReader& reader;
  std::size_t buffer_bytes = 0;  // of the connection's
  bool stays_open = false;       // another question may follow
  bool has_answer = false;       // some of it has come
};

// `deadline` is null once a stream is open.
Error IoError(const Exchange& exchange, std::string_view verb, const error_code& error,
              const Deadline* deadline) {
  const std::string& doing = exchange.question.doing;
  if (deadline != nullptr && deadline->has_passed()) {
    return {Code::kDeadlineExceeded, doing + ": no complete answer in time"};
  }
  if (error == asio::error::operation_aborted) return {Code::kCancelled, doing + ": cancelled"};
  if (exchange.endpoint.tls) {
    if (auto told = TlsAlertError(doing, error, *exchange.endpoint.tls)) return *std::move(told);
  }
  return {Code::kUnavailable, fmt::format("{}: {}: {}", doing, verb, error.message())};
}

std::string RequestText(const HttpQuestion& question, const Endpoint& endpoint, bool stays_open) {
  // Engines refuse an empty host since their Go version checks it; on a unix socket any name does.
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fairlead\r\n{}{}\r\n",
                     question.is_post ? "POST" : "GET", question.target,
                     endpoint.is_unix() ? "docker" : endpoint.host,
                     stays_open ? "" : "Connection: close\r\n",
                     question.is_post ? "Content-Length: 0\r\n" : "");
}

asio::awaitable<Result<>> Write(Exchange& exchange, const Deadline& deadline) {
  const std::string request =
      RequestText(exchange.question, exchange.endpoint, exchange.stays_open);
  const IoOutcome outcome = co_await WriteAll(exchange.connection, request);
  // With TLS 1.3 the engine's refusal of our certificate comes after the handshake, and says more
  // than the write that it broke: it is found by reading.
  const bool may_be_refused = exchange.connection.tls.has_value() && !deadline.has_passed();
  if (!outcome.error || may_be_refused) co_return Result<>();
  co_return std::unexpected(IoError(exchange, "write request", outcome.error, &deadline));
}

// Reads until the answer is whole or its stream is open. `deadline` is null in an open stream.
asio::awaitable<Result<>> Read(Exchange& exchange, const Deadline* deadline) {
  const bool was_open = exchange.reader.is_open();
  const std::span<char> buffer(exchange.connection.buffer.get(), exchange.buffer_bytes);
  while (!exchange.reader.is_done() && exchange.reader.is_open() == was_open) {
    const IoOutcome outcome = co_await ReadSome(exchange.connection, buffer);
    if (outcome.bytes > 0) {
      exchange.has_answer = true;
      const auto fed = exchange.reader.Feed({buffer.data(), outcome.bytes});
      if (!fed) co_return fed;
    }
    if (!outcome.error) continue;
    if (outcome.error == asio::error::eof) co_return exchange.reader.End();
    co_return std::unexpected(IoError(exchange, "read answer", outcome.error, deadline));
  }
  co_return Result<>();
}

std::unexpected<Error> DialError(const HttpQuestion& question, Error error) {
  error.message = question.doing + ": " + error.message;
  return std::unexpected(std::move(error));
}

// A new connection, ready for `question`.
asio::awaitable<Result<std::unique_ptr<Connection>>> DialFor(asio::io_context& context,
                                                             const Endpoint& endpoint,
                                                             const EngineLimits& limits,
                                                             const HttpQuestion& question) {
  auto connection =
      co_await Dial(context, endpoint, std::min(limits.connect_timeout, question.deadline));
  if (!connection) co_return DialError(question, connection.error());
  // Not cleared: 64 KB of zeros cost more than all other memory of a small exchange.
  (*connection)->buffer = std::make_unique_for_overwrite<char[]>(limits.read_buffer_bytes);
  if (endpoint.is_unix()) {
    const auto peer = runtime::PeerOf((*connection)->socket.native_handle());
    if (peer) (*connection)->peer_pid = peer->pid;
  }
  co_return std::move(*connection);
}

// Asks, and reads until the answer is whole or open.
asio::awaitable<Result<>> Converse(Exchange& exchange, const Deadline& deadline) {
  const auto written = co_await Write(exchange, deadline);
  if (!written) co_return written;
  const auto read = co_await Read(exchange, &deadline);
  co_return read;
}

// One question on one connection, and whether it may be asked again because nobody was there.
struct Attempt {
  Result<HttpAnswer> answer;
  bool was_dead = false;
  Duration left{};
};

// `kept` gets the connection when it may be asked again, unless it was dropped since `age`.
asio::awaitable<Attempt> AskOn(std::unique_ptr<Connection> connection, const Endpoint& endpoint,
                               const EngineLimits& limits, const HttpQuestion& question,
                               KeptConnections* kept, std::uint64_t age) {
  AnswerReader reader(question.doing, limits, question.body_bytes_max);
  Exchange exchange{.connection = *connection,
                    .endpoint = endpoint,
                    .question = question,
                    .reader = reader,
                    .buffer_bytes = limits.read_buffer_bytes,
                    .stays_open = kept != nullptr};
  std::optional<Deadline> deadline(std::in_place, connection->socket, question.deadline);
  const auto asked = co_await Converse(exchange, *deadline);
  const Duration left = deadline->left();
  deadline.reset();  // before its socket goes
  if (!asked) {
    const bool was_dead = !exchange.has_answer && asked.error().code == Code::kUnavailable;
    co_return Attempt{std::unexpected(asked.error()), was_dead, left};
  }
  const bool is_usable = reader.leaves_connection_usable();
  HttpAnswer answer = reader.Take();
  answer.peer_pid = connection->peer_pid;
  if (kept != nullptr && is_usable) kept->Put(std::move(connection), age);
  co_return Attempt{std::move(answer), false, left};
}

}  // namespace

asio::awaitable<Result<HttpAnswer>> Ask(asio::io_context& context, Endpoint endpoint,
                                        EngineLimits limits, HttpQuestion question,
                                        KeptConnections* kept) {
  auto waiting = kept == nullptr ? nullptr : kept->Take();
  if (waiting) {
    Attempt first =
        co_await AskOn(std::move(waiting), endpoint, limits, question, kept, kept->age());
    if (!first.answer) kept->Drop();  // the others most likely share its fate
    if (!first.was_dead || first.left <= Duration::zero()) co_return std::move(first.answer);
    question.deadline = first.left;
  }
  const std::uint64_t age = kept == nullptr ? 0 : kept->age();
  auto connection = co_await DialFor(context, endpoint, limits, question);
  if (!connection) co_return std::unexpected(connection.error());
  Attempt only = co_await AskOn(std::move(*connection), endpoint, limits, question, kept, age);
  co_return std::move(only.answer);
}

asio::awaitable<Result<>> Stream(asio::io_context& context, Endpoint endpoint, EngineLimits limits,
                                 HttpQuestion question, std::function<void()> on_open,
                                 std::function<Result<>(std::string_view)> on_bytes) {
  BodySink sink{.on_open = std::move(on_open), .on_bytes = std::move(on_bytes)};
  AnswerReader reader(question.doing, limits, question.body_bytes_max, std::move(sink));
  const auto connection = co_await DialFor(context, endpoint, limits, question);
  if (!connection) co_return std::unexpected(connection.error());
  Exchange exchange{.connection = **connection,
                    .endpoint = endpoint,
                    .question = question,
                    .reader = reader,
                    .buffer_bytes = limits.read_buffer_bytes};
  {
    const Deadline deadline((*connection)->socket, question.deadline);
    const auto opened = co_await Converse(exchange, deadline);
    if (!opened) co_return opened;
  }
  if (!reader.is_open()) {
    const HttpAnswer refusal = reader.Take();
    const auto checked = CheckStatus(question.doing, refusal.status, refusal.body);
    if (!checked) co_return checked;
    co_return Fail(Code::kDataLoss, fmt::format("{}: HTTP {}", question.doing, refusal.status));
  }
  const auto ended = co_await Read(exchange, nullptr);
  if (!ended) co_return ended;
  co_return Fail(Code::kUnavailable, question.doing + ": the engine ended the stream");
}

}  // namespace fairlead::docker
