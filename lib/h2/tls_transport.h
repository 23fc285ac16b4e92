// The client's transport over TLS.
//
// Always: as tls/client_context.h; ALPN is offered, and h2 is required where it is offered. The
// handshake's cost is paid once per connection, and a resumed one has no certificate to verify.
// Limits: TlsServer::bytes_per_second_max of what the peer sends, whatever it is. Threads: one, the
// loop of its connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "h2/tls_stream.h"
#include "h2/transport.h"
#include "tls/live_profile.h"

namespace fairlead::h2 {

// Records of a peer, and what is inside them, per connection: far above the largest chain that
// OpenSSL takes (SSL_MAX_CERT_LIST_DEFAULT, 100 KB) and what a check receives. Tickets and key
// updates without end are caught here, as no frame shows them.
inline constexpr std::uint32_t kTlsBytesPerSecondMax = 1024 * 1024;
// For connections whose answers may be of any size: more than a core decrypts. Of what no frame
// shows OpenSSL bounds records that are empty and warnings in a row.
inline constexpr std::uint32_t kTlsBytesUnbounded = UINT32_MAX;

enum class Alpn {
  kHttp2,  // required
  kHttp1,  // offered only: most HTTP/1 servers do not choose
};

// Whom the certificate is for: as tls::PeerOf says.
struct TlsServer {
  std::string host;  // as dialled, without port
  Alpn alpn = Alpn::kHttp2;
  std::vector<std::string> other_names = {};
  std::string uri = {};  // empty: a name
  std::uint32_t bytes_per_second_max = kTlsBytesPerSecondMax;
};

// Makes the transports of connections to one server, each with the profile's files as they are
// then. Later ones resume the session of an earlier one. A profile that is of no use is told by
// Establish() as kTrouble.
TransportMaker MakeTlsTransports(std::shared_ptr<tls::LiveProfile> profile, TlsServer server);

}  // namespace fairlead::h2
