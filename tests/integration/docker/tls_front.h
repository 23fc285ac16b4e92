// TlsFront: the TLS listener of an engine, before one that speaks over a unix socket.
//
// Threads: the context's loop. The context must not run any more when it is destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "support/certificates.h"

namespace fairlead::test {

namespace asio = boost::asio;

struct TlsFrontOptions {
  KeyPair identity;
  std::string client_authority;  // PEM; whoever comes without a certificate of it is refused
  int version_max = 0;           // of TLS, as OpenSSL numbers it; 0: the newest
};

class TlsFront {
 public:
  // Listens on a free port of loopback and hands on to the unix socket `engine_path`.
  TlsFront(asio::io_context& context, std::string engine_path, const TlsFrontOptions& options);
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  std::string endpoint() const;
  int handshakes() const { return handshakes_; }  // completed by both sides' word

 private:
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(asio::ip::tcp::socket socket);

  asio::io_context& context_;
  const std::string engine_path_;
  asio::ssl::context tls_;
  asio::ip::tcp::acceptor acceptor_;
  int handshakes_ = 0;
};

}  // namespace fairlead::test
