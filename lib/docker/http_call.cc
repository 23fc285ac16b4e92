#include "docker/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "docker/dial.h"
#include "docker/tls_client.h"
#include "runtime/connection.h"
#include "runtime/deadline.h"
#include "runtime/peer_process.h"

namespace fairlead::docker {
namespace {

using boost::system::error_code;

// What one exchange works on. Lives in the coroutine that started it.
struct Exchange {
  runtime::Connection& connection;
  const Endpoint& endpoint;
  const HttpQuestion& question;
  AnswerReader& reader;
  std::size_t buffer_bytes;
  std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(buffer_bytes);
};

// `deadline` is null once a stream is open.
Error IoError(const Exchange& exchange, std::string_view verb, const error_code& error,
              const runtime::Deadline* deadline) {
  const std::string& doing = exchange.question.doing;
  if (deadline != nullptr && deadline->has_passed()) {
    return {Code::kDeadlineExceeded, doing + ": no complete answer in time"};
  }
  if (error == asio::error::operation_aborted) return {Code::kCancelled, doing + ": cancelled"};
  if (exchange.endpoint.tls) {
    if (auto told = TlsAlertError(doing, error, exchange.endpoint)) return *std::move(told);
  }
  return {Code::kUnavailable, fmt::format("{}: {}: {}", doing, verb, error.message())};
}

std::string RequestText(const HttpQuestion& question, const Endpoint& endpoint) {
  // Engines refuse an empty host since their Go version checks it; on a unix socket any name does.
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fairlead\r\nConnection: close\r\n{}\r\n",
      question.is_post ? "POST" : "GET", question.target,
      endpoint.is_unix() ? "docker" : endpoint.host,
      question.is_post ? "Content-Length: 0\r\n" : "");
}

asio::awaitable<Result<>> Write(Exchange& exchange, const runtime::Deadline& deadline) {
  const std::string request = RequestText(exchange.question, exchange.endpoint);
  const runtime::IoOutcome outcome = co_await WriteAll(exchange.connection, request);
  // With TLS 1.3 the engine's refusal of our certificate comes after the handshake, and says more
  // than the write that it broke: it is found by reading.
  const bool may_be_refused = exchange.connection.tls.has_value() && !deadline.has_passed();
  if (!outcome.error || may_be_refused) co_return Result<>();
  co_return std::unexpected(IoError(exchange, "write request", outcome.error, &deadline));
}

// Reads until the answer is whole or its stream is open. `deadline` is null in an open stream.
asio::awaitable<Result<>> Read(Exchange& exchange, const runtime::Deadline* deadline) {
  const bool was_open = exchange.reader.is_open();
  while (!exchange.reader.is_done() && exchange.reader.is_open() == was_open) {
    const runtime::IoOutcome outcome =
        co_await ReadSome(exchange.connection, {exchange.buffer.get(), exchange.buffer_bytes});
    if (outcome.bytes > 0) {
      const auto fed = exchange.reader.Feed({exchange.buffer.get(), outcome.bytes});
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

// Asks, and reads until the answer is whole or open. The connection stays for what comes after.
asio::awaitable<Result<std::unique_ptr<runtime::Connection>>> Open(asio::io_context& context,
                                                                   const Endpoint& endpoint,
                                                                   const EngineLimits& limits,
                                                                   const HttpQuestion& question,
                                                                   AnswerReader& reader) {
  auto connection =
      co_await Dial(context, endpoint, std::min(limits.connect_timeout, question.deadline));
  if (!connection) co_return DialError(question, connection.error());
  Exchange exchange{.connection = **connection,
                    .endpoint = endpoint,
                    .question = question,
                    .reader = reader,
                    .buffer_bytes = limits.read_buffer_bytes};
  const runtime::Deadline deadline((*connection)->socket, question.deadline);
  const auto written = co_await Write(exchange, deadline);
  if (!written) co_return std::unexpected(written.error());
  const auto read = co_await Read(exchange, &deadline);
  if (!read) co_return std::unexpected(read.error());
  co_return std::move(*connection);
}

}  // namespace

asio::awaitable<Result<HttpAnswer>> Ask(asio::io_context& context, Endpoint endpoint,
                                        EngineLimits limits, HttpQuestion question) {
  AnswerReader reader(question.doing, limits, question.body_bytes_max);
  const auto opened = co_await Open(context, endpoint, limits, question, reader);
  if (!opened) co_return std::unexpected(opened.error());
  HttpAnswer answer = reader.Take();
  if (endpoint.is_unix()) {
    const auto peer = runtime::PeerOf((*opened)->socket.native_handle());
    if (peer) answer.peer_pid = peer->pid;
  }
  co_return answer;
}

asio::awaitable<Result<>> Stream(asio::io_context& context, Endpoint endpoint, EngineLimits limits,
                                 HttpQuestion question, std::function<void()> on_open,
                                 std::function<Result<>(std::string_view)> on_bytes) {
  BodySink sink{.on_open = std::move(on_open), .on_bytes = std::move(on_bytes)};
  AnswerReader reader(question.doing, limits, question.body_bytes_max, std::move(sink));
  const auto opened = co_await Open(context, endpoint, limits, question, reader);
  if (!opened) co_return std::unexpected(opened.error());
  if (!reader.is_open()) {
    const HttpAnswer refusal = reader.Take();
    const auto checked = CheckStatus(question.doing, refusal.status, refusal.body);
    if (!checked) co_return checked;
    co_return Fail(Code::kDataLoss, fmt::format("{}: HTTP {}", question.doing, refusal.status));
  }
  Exchange exchange{.connection = **opened,
                    .endpoint = endpoint,
                    .question = question,
                    .reader = reader,
                    .buffer_bytes = limits.read_buffer_bytes};
  const auto ended = co_await Read(exchange, nullptr);
  if (!ended) co_return ended;
  co_return Fail(Code::kUnavailable, question.doing + ": the engine ended the stream");
}

}  // namespace fairlead::docker
