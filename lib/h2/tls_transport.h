// The client's transport over TLS.
//
// Always: as tls/client_context.h; ALPN is offered, and h2 is required where it is offered. The
// handshake's cost is paid once per connection, and a resumed one has no certificate to verify.
// Limits: kTlsBytesPerSecondMax of what the peer sends, whatever it is. Threads: one, the loop of
// its connections.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "h2/tls_stream.h"
#include "h2/transport.h"
#include "tls/live_profile.h"

namespace fairlead::h2 {

// Records of a peer, and what is inside them, per connection: far above the largest chain that
// OpenSSL takes (SSL_MAX_CERT_LIST_DEFAULT, 100 KB) and what a check receives. Tickets and key
// updates without end are caught here, as no frame shows them.
inline constexpr std::size_t kTlsBytesPerSecondMax = 1024 * 1024;

enum class Alpn {
  kHttp2,  // required
  kHttp1,  // offered only: most HTTP/1 servers do not choose
};

struct TlsServer {
  std::string host;  // as dialled, without port: whom the certificate is for, unless the profile
                     // has a server_name
  Alpn alpn = Alpn::kHttp2;
};

// Makes the transports of connections to one server, each with the profile's files as they are
// then. Later ones resume the session of an earlier one. A profile that is of no use is told by
// Establish() as kTrouble.
TransportMaker MakeTlsTransports(std::shared_ptr<tls::LiveProfile> profile, TlsServer server);

}  // namespace fairlead::h2
