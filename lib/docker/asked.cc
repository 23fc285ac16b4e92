#include "docker/asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <optional>
#include <utility>

#include "docker/dial.h"
#include "docker/tls_client.h"
#include "runtime/peer_process.h"

namespace fairlead::docker {
namespace {

std::string RequestText(const RequestLine& line, const Endpoint& endpoint) {
  // Engines refuse an empty host since their Go version checks it; on a unix socket any name does.
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fairlead\r\nConnection: close\r\n{}\r\n",
      line.is_post ? "POST" : "GET", line.target, endpoint.is_unix() ? "docker" : endpoint.host,
      line.is_post ? "Content-Length: 0\r\n" : "");
}

}  // namespace

Error IoError(const HttpQuestion& question, const Endpoint& endpoint, std::string_view verb,
              const boost::system::error_code& error, const runtime::Deadline* deadline) {
  const std::string& doing = question.doing;
  if (deadline != nullptr && deadline->has_passed()) {
    return {Code::kDeadlineExceeded, doing + ": no complete answer in time"};
  }
  if (error == asio::error::operation_aborted) return {Code::kCancelled, doing + ": cancelled"};
  if (endpoint.tls) {
    if (auto told = TlsAlertError(doing, error, endpoint)) return *std::move(told);
  }
  return {Code::kUnavailable, fmt::format("{}: {}: {}", doing, verb, error.message())};
}

asio::awaitable<Result<Asked>> AskDirectly(asio::io_context& context, const Endpoint& endpoint,
                                           const EngineLimits& limits,
                                           const HttpQuestion& question) {
  const Result<RequestLine> line = LineOf(question.request);
  if (!line) co_return std::unexpected(line.error());
  auto connection =
      co_await Dial(context, endpoint, std::min(limits.connect_timeout, question.deadline));
  if (!connection) {
    Error error = connection.error();
    error.message = question.doing + ": " + error.message;
    co_return std::unexpected(std::move(error));
  }
  Asked asked{.connection = *std::move(connection)};
  asked.deadline = std::make_unique<runtime::Deadline>(asked.connection->socket, question.deadline);
  const std::string request = RequestText(*line, endpoint);
  const runtime::IoOutcome outcome = co_await WriteAll(*asked.connection, request);
  // With TLS 1.3 the engine's refusal of our certificate comes after the handshake, and says more
  // than the write that it broke: it is found by reading.
  const bool may_be_refused = asked.connection->tls.has_value() && !asked.deadline->has_passed();
  if (outcome.error && !may_be_refused) {
    co_return std::unexpected(
        IoError(question, endpoint, "write request", outcome.error, asked.deadline.get()));
  }
  if (endpoint.is_unix()) {
    const auto peer = runtime::PeerOf(asked.connection->socket.native_handle());
    if (peer) asked.peer_pid = peer->pid;
  }
  co_return asked;
}

}  // namespace fairlead::docker
