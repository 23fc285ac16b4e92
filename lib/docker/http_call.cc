#include "docker/http_call.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <memory>
#include <utility>

#include "runtime/connection.h"
#include "runtime/deadline.h"

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
    co_return std::unexpected(
        IoError(exchange.question, exchange.endpoint, "read answer", outcome.error, deadline));
  }
  co_return Result<>();
}

// Asks, and reads until the answer is whole or open. The connection stays for what comes after.
asio::awaitable<Result<Asked>> Open(asio::io_context& context, const Endpoint& endpoint,
                                    const EngineLimits& limits, const HttpQuestion& question,
                                    AnswerReader& reader) {
  Result<Asked> asked;
  if (endpoint.actuator < 0) {
    asked = co_await AskDirectly(context, endpoint, limits, question);
  } else {
    asked = co_await AskThroughActuator(context, endpoint, limits, question);
  }
  if (!asked) co_return asked;
  const auto fed = reader.Feed(asked->first);
  if (!fed) co_return std::unexpected(fed.error());
  if (!reader.is_done() && !reader.is_open()) {
    Exchange exchange{.connection = *asked->connection,
                      .endpoint = endpoint,
                      .question = question,
                      .reader = reader,
                      .buffer_bytes = limits.read_buffer_bytes};
    const auto read = co_await Read(exchange, asked->deadline.get());
    if (!read) co_return std::unexpected(read.error());
  }
  asked->deadline.reset();
  co_return asked;
}

}  // namespace

asio::awaitable<Result<HttpAnswer>> Ask(asio::io_context& context, Endpoint endpoint,
                                        EngineLimits limits, HttpQuestion question) {
  AnswerReader reader(question.doing, limits, question.body_bytes_max);
  const auto opened = co_await Open(context, endpoint, limits, question, reader);
  if (!opened) co_return std::unexpected(opened.error());
  HttpAnswer answer = reader.Take();
  answer.peer_pid = opened->peer_pid;
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
  Exchange exchange{.connection = *opened->connection,
                    .endpoint = endpoint,
                    .question = question,
                    .reader = reader,
                    .buffer_bytes = limits.read_buffer_bytes};
  const auto ended = co_await Read(exchange, nullptr);
  if (!ended) co_return ended;
  co_return Fail(Code::kUnavailable, question.doing + ": the engine ended the stream");
}

}  // namespace fairlead::docker
