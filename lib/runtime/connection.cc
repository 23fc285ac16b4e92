#include "runtime/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "runtime/no_throw.h"

namespace fairlead::runtime {
namespace {

namespace asio = boost::asio;

}  // namespace

asio::awaitable<boost::system::error_code> Handshake(Connection& connection) {
  const auto [error] =
      co_await connection.tls->async_handshake(asio::ssl::stream_base::client, kNoThrow);
  co_return error;
}

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

}  // namespace fairlead::runtime
