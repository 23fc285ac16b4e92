#include "docker/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "docker/deadline.h"
#include "docker/dial.h"

namespace fairlead::docker {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using HeadParser = http::response_parser<http::empty_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

// What one exchange works on. Lives in the coroutine that started it.
struct Exchange {
  Exchange(Socket connected, const EngineLimits& limits, const HttpQuestion& asked)
      : socket(std::move(connected)), buffer(limits.read_buffer_bytes), question(asked) {}
  Socket socket;
  beast::flat_buffer buffer;
  const HttpQuestion& question;
};

// `deadline` is null once a stream is open.
Error ReadError(const HttpQuestion& question, const error_code& error, const Deadline* deadline) {
  if (deadline != nullptr && deadline->has_passed()) {
    return {Code::kDeadlineExceeded, question.doing + ": no complete answer in time"};
  }
  if (error == asio::error::operation_aborted)
    return {Code::kCancelled, question.doing + ": cancelled"};
  const std::string text = fmt::format("{}: read answer: {}", question.doing, error.message());
  const bool was_cut = error == http::error::end_of_stream || error == http::error::partial_message;
  const bool is_http =
      error.category() == http::make_error_code(http::error::bad_version).category();
  return {is_http && !was_cut ? Code::kDataLoss : Code::kUnavailable, text};
}

asio::awaitable<Result<>> Write(Exchange& exchange, const Endpoint& endpoint,
                                const Deadline& deadline) {
  http::request<http::empty_body> request;
  request.version(11);
  request.method(exchange.question.is_post ? http::verb::post : http::verb::get);
  request.target(exchange.question.target);
  // Engines refuse an empty host since their Go version checks it; on a unix socket any name does.
  request.set(http::field::host, endpoint.is_unix() ? "docker" : endpoint.host);
  request.set(http::field::user_agent, "fairlead");
  request.set(http::field::connection, "close");
  if (exchange.question.is_post) request.set(http::field::content_length, "0");
  const auto [error, bytes] = co_await http::async_write(exchange.socket, request, kNoThrow);
  if (!error) co_return Result<>();
  if (deadline.has_passed() || error == asio::error::operation_aborted) {
    co_return std::unexpected(ReadError(exchange.question, error, &deadline));
  }
  co_return Fail(Code::kUnavailable,
                 fmt::format("{}: {}", exchange.question.doing, error.message()));
}

// Reads the header of the real answer into `head`, past a few interim ones.
asio::awaitable<Result<>> ReadHead(Exchange& exchange, const EngineLimits& limits,
                                   const Deadline& deadline, std::optional<HeadParser>& head) {
  for (int interim = 0; interim <= limits.informational_max; ++interim) {
    head.emplace();
    head->header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    head->body_limit(exchange.question.body_bytes_max);
    const auto [error, bytes] =
        co_await http::async_read_header(exchange.socket, exchange.buffer, *head, kNoThrow);
    if (error) co_return std::unexpected(ReadError(exchange.question, error, &deadline));
    const unsigned status = head->get().result_int();
    if (status == 101) break;
    if (status >= 200) {
      const auto encoding = head->get()[http::field::content_encoding];
      if (encoding.empty() || encoding == "identity") co_return Result<>();
      co_return Fail(Code::kDataLoss, exchange.question.doing + ": compressed without being asked");
    }
  }
  co_return Fail(Code::kDataLoss,
                 exchange.question.doing + ": interim answers instead of an answer");
}

asio::awaitable<Result<HttpAnswer>> ReadBody(Exchange& exchange, HeadParser& head,
                                             const Deadline& deadline) {
  http::response_parser<http::string_body> parser(std::move(head));
  parser.body_limit(exchange.question.body_bytes_max);
  if (!parser.is_done()) {
    const auto [error, bytes] =
        co_await http::async_read(exchange.socket, exchange.buffer, parser, kNoThrow);
    if (error) co_return std::unexpected(ReadError(exchange.question, error, &deadline));
  }
  HttpAnswer answer;
  answer.status = parser.get().result_int();
  answer.api_version = std::string(parser.get()["Api-Version"]);
  answer.body = std::move(parser.get().body());
  co_return answer;
}

// Hands on what comes until the end. Never returns success.
asio::awaitable<Result<>> ReadPieces(Exchange& exchange, HeadParser& head, std::size_t piece_bytes,
                                     const std::function<Result<>(std::string_view)>& on_bytes) {
  http::response_parser<http::buffer_body> parser(std::move(head));
  parser.body_limit(boost::none);
  std::vector<char> piece(piece_bytes);
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    const auto [error, bytes] =
        co_await http::async_read_some(exchange.socket, exchange.buffer, parser, kNoThrow);
    const std::size_t length = piece.size() - parser.get().body().size;
    if (length > 0) {
      if (auto taken = on_bytes(std::string_view(piece.data(), length)); !taken) co_return taken;
    }
    if (error && error != http::error::need_buffer) {
      co_return std::unexpected(ReadError(exchange.question, error, nullptr));
    }
  }
  co_return Fail(Code::kUnavailable, exchange.question.doing + ": the engine ended the stream");
}

std::unexpected<Error> DialError(const HttpQuestion& question, Error error) {
  error.message = question.doing + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace

asio::awaitable<Result<HttpAnswer>> Ask(asio::io_context& context, Endpoint endpoint,
                                        EngineLimits limits, HttpQuestion question) {
  auto socket =
      co_await Dial(context, endpoint, std::min(limits.connect_timeout, question.deadline));
  if (!socket) co_return DialError(question, socket.error());
  Exchange exchange(std::move(*socket), limits, question);
  const Deadline deadline(exchange.socket, question.deadline);
  const auto written = co_await Write(exchange, endpoint, deadline);
  if (!written) co_return std::unexpected(written.error());
  std::optional<HeadParser> head;
  const auto begun = co_await ReadHead(exchange, limits, deadline, head);
  if (!begun) co_return std::unexpected(begun.error());
  auto answer = co_await ReadBody(exchange, *head, deadline);
  co_return answer;
}

asio::awaitable<Result<>> Stream(asio::io_context& context, Endpoint endpoint, EngineLimits limits,
                                 HttpQuestion question, std::function<void()> on_open,
                                 std::function<Result<>(std::string_view)> on_bytes) {
  auto socket =
      co_await Dial(context, endpoint, std::min(limits.connect_timeout, question.deadline));
  if (!socket) co_return DialError(question, socket.error());
  Exchange exchange(std::move(*socket), limits, question);
  std::optional<HeadParser> head;
  {
    const Deadline deadline(exchange.socket, question.deadline);
    const auto written = co_await Write(exchange, endpoint, deadline);
    if (!written) co_return std::unexpected(written.error());
    const auto begun = co_await ReadHead(exchange, limits, deadline, head);
    if (!begun) co_return std::unexpected(begun.error());
    if (head->get().result_int() != 200) {
      const auto refusal = co_await ReadBody(exchange, *head, deadline);
      if (!refusal) co_return std::unexpected(refusal.error());
      const auto checked = CheckStatus(question.doing, refusal->status, refusal->body);
      if (!checked) co_return checked;
      co_return Fail(Code::kDataLoss, fmt::format("{}: HTTP {}", question.doing, refusal->status));
    }
  }
  on_open();
  const auto ended = co_await ReadPieces(exchange, *head, limits.read_buffer_bytes, on_bytes);
  co_return ended;
}

}  // namespace fairlead::docker
