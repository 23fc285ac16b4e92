// Front: what stands before a plane whose server speaks no TLS, or has few limits of its own.
//
// Why: gRPC C++ 1.51 replaces a certificate without a look at it, lets versions be as old as they
// like, any number of handshakes stand and peers wear it down (frame_guard.h), does not tell who
// connects, and its copy of all that gets no fixes. Beast would bring another such layer of TLS. So
// such planes get the one that discovery has, with its checks, words and limits: what comes out of
// it is a connection inside this process, as if it had come over a unix socket. Operators' planes
// carry little, so the further copy of each byte costs nothing. Limits: Limits and GuardLimits,
// each named. Threads: one of its own, on which everything is told; the functions of the class are
// called from outside, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "front/frame_guard.h"
#include "h2/limits.h"
#include "tls/live_profile.h"
#include "tls/server_context.h"

namespace fairlead::front {

struct Limits {
  h2::ArrivalLimits arrivals = {};
  // Over TCP, and as many over unix sockets: twice as many as HTTP takes. When there are more, one
  // that is late with its handshake or has no call makes room (h2/room.h), of the address, or user,
  // that has most of them.
  std::size_t connections_max = 256;
  std::size_t connections_per_peer_max = 128;  // so that no address, or user, has all of them
  Duration idle_enough = std::chrono::seconds(1);
  Duration handshake_timeout = std::chrono::seconds(5);     // from accepting to the last word of it
  Duration write_stall_timeout = std::chrono::seconds(30);  // for a peer to take any of what waits
  // Of requests that have begun and not ended, of all connections; who has most of it is cut off.
  // Half of what gRPC's server may have in memory.
  std::size_t unfinished_bytes_max = 32 * 1024 * 1024;
  // Answers that wait for who opens no window for them, of all connections; likewise. The largest
  // of the admin API, a page of 1,000 replicas, is some 0.6 MiB.
  std::size_t unread_calls_max = 64;
};

// How long a plane that stops gives Finish(), for what its server has said and a slow peer has not
// taken yet.
inline constexpr Duration kLastWordsPatience = std::chrono::seconds(1);

// Who is at the other end of a connection.
struct Peer {
  // The process behind a unix socket, as the kernel tells it of the moment in which it connected.
  struct Process {
    std::int32_t pid = 0;
    std::uint32_t uid = 0;
    std::vector<std::uint32_t> gids = {};  // all of them
  };
  std::string address;  // "127.0.0.1:51234", "[::1]:51234"; of a unix socket "pid 17 of uid 1000"
  // Of the certificate that it showed, each whole: "DNS:ops.corp"; empty: none, or not known yet.
  std::vector<std::string> names = {};
  std::optional<Process> process = {};
};

// What is told of those who do not come in or do not stay, on the front's thread.
struct PeerNews {
  // A peer came to nothing, and why.
  std::function<void(const Peer& peer, const std::string& why)> refused = {};
  // A limit was hit so many times more: "connections", "waiting" (an offender's that were not let
  // wait), "pace" (begun later, as their peer was cut off too often), "handshake", "requests", or
  // as Breach says.
  std::function<void(std::string_view limit, std::uint64_t times)> limit_hit = {};
};

class Front {
 public:
  struct Options {
    std::string thread = "fl-front";  // its name, 15 characters
    // What TCP addresses speak TLS with; nothing: plaintext. Unix sockets always are.
    std::optional<tls::Profile> profile = {};
    tls::ServerProtocol protocol = tls::ServerProtocol::kHttp2;
    Limits limits = {};
    // What is spoken is HTTP/2, and judged before the server gets it.
    std::optional<GuardLimits> guard = {};
  };
  // Says whether a peer may come in. From any thread, while the front lives; whoever is not told of
  // is late after the handshake's time.
  using Verdict = std::move_only_function<void(Result<> admitted)>;
  struct Told {
    // A peer has agreed: the server's end of its connection, a unix socket that does not block, now
    // the taker's.
    std::function<void(int descriptor, const Peer& peer)> taken;
    PeerNews news = {};  // either may be empty
    // Somebody connected to a unix socket, and waits for the verdict. Empty: everybody may.
    std::function<void(const Peer& peer, Verdict verdict)> asks = {};
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
  // Listens on a unix socket of this mode; replaces one that nobody serves. Fails as above, or with
  // kNotFound: no such directory.
  Result<> ListenUnix(const std::string& path, unsigned mode);

  // Nobody is taken any more when this returns; who has been stays.
  void StopListening();
  // The same, and waits until the server has ended the connections that were taken and their last
  // words are sent, for at most `patience`; then closes what is left.
  void Finish(Duration patience);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::front
