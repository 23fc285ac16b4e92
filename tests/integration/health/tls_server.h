// A TLS server on loopback, port zero, that says what a test gives it, once per connection.
//
// Threads: its own; the test's.
#pragma once

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "support/certificates.h"

namespace fairlead::health::testing {

struct TlsScript {
  test::KeyPair identity;
  std::string client_authority{};  // PEM; who comes without a certificate of it is refused
  std::string alpn = "h2";         // what it chooses; empty: it knows no ALPN
  int version_max = 0;             // of TLS, as OpenSSL numbers it; 0: the newest
  std::string reply{};             // after the first bytes of each connection
  bool closes = false;             // after the reply
  bool hangs_up = false;           // after the handshake, without a word
};

class TlsServer {
 public:
  explicit TlsServer(TlsScript script);
  ~TlsServer();
  std::uint16_t port() const { return port_; }
  int handshakes() const { return handshakes_; }
  int resumed() const { return resumed_; }  // of the handshakes
  // The server name of the last connection that told one.
  std::string told_name();

 private:
  void Serve();
  void Talk(int connection);

  const TlsScript script_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listening_ = -1;
  int stop_ = -1;  // an eventfd
  std::uint16_t port_ = 0;
  std::atomic<int> handshakes_ = 0;
  std::atomic<int> resumed_ = 0;
  std::atomic<bool> has_name_ = false;
  std::string name_;
  std::thread thread_;
};

}  // namespace fairlead::health::testing
