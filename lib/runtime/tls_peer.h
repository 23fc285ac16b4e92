// What every TLS connection of ours demands of its peer, whoever it is.
//
// Always: TLS 1.2 or newer, and the peer's certificate and name are verified; there is no switch.
// Threads: those of the context and the session.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace fairlead::runtime {

// Of a client's context. Which authorities are believed is the caller's to say.
void RequireVerifiedPeer(SSL_CTX* context);

// The certificate must be for `name`. An address is compared with the certificate's addresses; a
// name is also told to the server. Before the handshake.
void ExpectPeer(SSL* session, const std::string& name);

}  // namespace fairlead::runtime
