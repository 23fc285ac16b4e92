#include "docker/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace fairlead::docker {
namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

}  // namespace

asio::awaitable<IoOutcome> ReadSome(Connection& connection, std::span<char> into) {
  const asio::mutable_buffer buffer(into.data(), into.size());
  if (connection.tls) {
    const auto [error, bytes] = co_await connection.tls->async_read_some(buffer, kNoThrow);
    co_return IoOutcome{error, bytes};
  }
  const auto [error, bytes] = co_await connection.socket.async_read_some(buffer, kNoThrow);
  co_return IoOutcome{error, bytes};
}

asio::awaitable<IoOutcome> WriteAll(Connection& connection, std::string_view text) {
  const asio::const_buffer buffer(text.data(), text.size());
  if (connection.tls) {
    const auto [error, bytes] = co_await asio::async_write(*connection.tls, buffer, kNoThrow);
    co_return IoOutcome{error, bytes};
  }
  const auto [error, bytes] = co_await asio::async_write(connection.socket, buffer, kNoThrow);
  co_return IoOutcome{error, bytes};
}

}  // namespace fairlead::docker
