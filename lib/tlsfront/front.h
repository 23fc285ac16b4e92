// Front: TLS in front of a plane whose server speaks none, for whoever comes over TCP.
//
// Why in front: gRPC C++ 1.51 replaces a certificate without a look at it, lets versions be as old
// as they like and any number of handshakes stand, and its copy of all that gets no fixes. Beast
// would bring another such layer. So both planes get the one that discovery has, with its checks,
// words and limits: what comes out of it is a connection inside this process, as if it had come
// over a unix socket. Operators' planes carry little, so the further copy of each byte costs
// nothing. Limits: Limits, each named. Threads: one of its own, on which everything is told; the
// functions of the class are called from outside, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tls/live_profile.h"
#include "tls/server_context.h"

namespace fairlead::tlsfront {

struct Limits {
  std::size_t connections_max = 256;                        // twice as many as HTTP takes
  std::size_t connections_per_peer_max = 128;               // so that no address has all of them
  Duration handshake_timeout = std::chrono::seconds(5);     // from accepting to the last word of it
  Duration write_stall_timeout = std::chrono::seconds(30);  // for a peer to take any of what waits
};

// How long a plane that stops gives Finish(), for what its server has said and a slow peer has not
// taken yet.
inline constexpr Duration kLastWordsPatience = std::chrono::seconds(1);

// Who is at the other end of a connection.
struct Peer {
  std::string address;  // "127.0.0.1:51234", "[::1]:51234"
  // Of the certificate that it showed, each whole: "DNS:ops.corp"; empty: none, or not known yet.
  std::vector<std::string> names = {};
};

class Front {
 public:
  struct Options {
    std::string thread = "fl-tls";  // its name, 15 characters
    tls::Profile profile;
    tls::ServerProtocol protocol = tls::ServerProtocol::kHttp2;
    Limits limits = {};
  };
  struct Told {
    // A peer has agreed: the server's end of its connection, a unix socket that does not block, now
    // the taker's.
    std::function<void(int descriptor, const Peer& peer)> taken;
    // A peer came to nothing, and why.
    std::function<void(const Peer& peer, const std::string& why)> refused;
    tls::LiveProfile::Tell profile = {};  // may be empty
  };

  Front(Options options, Told told);
  // Closes everything at once.
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // Listens on a literal address; returns the port, where 0 asked for any. Fails as h2::Listener
  // does: kAlreadyExists, kPermissionDenied, kInvalidArgument.
  Result<std::uint16_t> Listen(const std::string& ip, std::uint16_t port);

  // Nobody is taken any more when this returns; who has been stays.
  void StopListening();
  // The same, and waits until the server has ended the connections that were taken and their last
  // words are sent, for at most `patience`; then closes what is left.
  void Finish(Duration patience);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::tlsfront
