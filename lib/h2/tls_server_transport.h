// The server's transport over TLS.
//
// Always: as tls/server_context.h; where HTTP/2 is spoken, ALPN has to say so. A connection keeps
// the certificate that it was made with, so that new files drop nobody.
// Limits: kTlsServerBytesPerSecondMax of what the peer sends; when it has to be done with its
// handshake is for those who accept to say. Threads: one, the loop of its connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/time.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"
#include "tls/live_profile.h"
#include "tls/server_context.h"

namespace fairlead::h2 {

// Records of a peer, per connection: four of the largest messages that gRPC takes. Key updates and
// alerts without end are caught here, as no frame shows them.
inline constexpr std::size_t kTlsServerBytesPerSecondMax = 16 * 1024 * 1024;

// What the listeners of one plane serve. Threads: the loop's.
class ServerProfile {
 public:
  // Reads the profile's files at once, again before each connection, and each `look_interval`, so
  // that a wrong file is told of when it comes and not when it is needed. `tell` may be empty.
  ServerProfile(runtime::EventLoop& loop, tls::Profile profile, tls::ServerProtocol protocol,
                tls::LiveProfile::Tell tell, Duration look_interval = std::chrono::seconds(10));

  // Makes the transports of accepted connections, each with the files as they are then. While
  // those were never good, Establish() says so as kTrouble. Outlives this.
  TransportMaker transports() const;

 private:
  void Look();

  const tls::ServerProtocol protocol_;
  const Duration look_interval_;
  const std::shared_ptr<tls::LiveProfile> live_;
  runtime::LoopTimer timer_;
};

}  // namespace fairlead::h2
