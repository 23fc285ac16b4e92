// Connection: a connected socket, plain or with TLS on top.
//
// Why: an exchange needs two verbs, and must not know which of both it has; and Asio on top of TLS
// is what the compiler is longest at, so it is compiled once.
// Threads: the socket's loop. Lifetime: at one address, as a Deadline and TLS point to its socket.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace fairlead::runtime {

using Socket = boost::asio::generic::stream_protocol::socket;

struct Connection {
  explicit Connection(Socket connected) : socket(std::move(connected)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Socket socket;
  std::optional<boost::asio::ssl::stream<Socket&>> tls;  // set: all goes through it
};

struct IoOutcome {
  boost::system::error_code error;  // asio::error::eof: the proper end
  std::size_t bytes = 0;
};

// The client's half of TLS's handshake. REQUIRES: connection.tls.
boost::asio::awaitable<boost::system::error_code> Handshake(Connection& connection);

// What is there, at least one byte unless there is an error.
boost::asio::awaitable<IoOutcome> ReadSome(Connection& connection, std::span<char> into);

// All of `bytes`, which must outlive the call.
boost::asio::awaitable<IoOutcome> WriteAll(Connection& connection, std::string_view bytes);

}  // namespace fairlead::runtime
