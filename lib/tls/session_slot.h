// SessionSlot: the last session with one peer, so that connecting again is cheap.
//
// Why one per peer: a resumed handshake verifies no certificate, so a session must never serve
// another name, nor another identity than the one it was made with: sessions carry the generation
// of their profile. A session whose peer has forgotten it costs nothing, the handshake is then
// whole. Threads: one at a time. The connections it was offered to must be gone before it is.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>

namespace fairlead::tls {

class SessionSlot {
 public:
  // Makes the context's connections keep sessions; once, when it is made.
  static void Serve(SSL_CTX* context);

  // Offers the kept session, if it is of `generation`, and keeps what the peer gives from now on.
  void Attach(SSL* connection, std::uint64_t generation);

 private:
  struct Deleter {
    void operator()(SSL_SESSION* session) const;
  };
  static int OnNew(SSL* connection, SSL_SESSION* session);

  std::unique_ptr<SSL_SESSION, Deleter> session_;
  std::uint64_t session_generation_ = 0;
  std::uint64_t generation_ = 0;  // of the connection that was attached last
};

}  // namespace fairlead::tls
