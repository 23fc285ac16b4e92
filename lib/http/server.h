// Server: HTTP/1.1 on unix sockets and TCP, one handler for all requests.
//
// Who is slow costs nothing: each connection has its deadlines and waits for nobody, and when all
// places are taken the one that has waited longest for a whole request is given to the newcomer. So
// there is no limit per peer, which on loopback, where everybody has one address, would be a way to
// shut the others out.
// Threads: the context's, all of it; the context has one thread.
// Invariant: nothing of a request reaches the handler before all of it was read and found good.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/limits.h"
#include "http/request.h"

namespace fairlead::http {

// One answer, for whoever counts. Of a refused request `route` is empty.
struct Served {
  std::string route;   // Reply::route
  std::string method;  // one of seven
  unsigned status = 0;
  Duration took{};  // from the whole request to the first byte of its answer
};

// What the server tells of itself, on its thread. Each may be empty.
struct Told {
  std::function<void(const Served&)> served = {};
  std::function<void(std::string_view limit)> limit_hit = {};  // a word of limits.h
  std::function<void(std::size_t connections)> connections = {};
};

class Server {
 public:
  struct Options {
    std::set<std::string> allowed_hosts = {};  // besides localhost and IP addresses
    bool takes_all_hosts = false;              // the handler looks at the name
    Limits limits = {};
    bool gzip = false;  // answers are packed for who takes that (gzip.h)
    // Takes over connections that begin as HTTP/2 does: a connected socket that does not block, now
    // its own, and what was read of it. Empty: they are refused as HTTP/1.1.
    std::function<void(int descriptor, Peer peer, std::string read)> http2 = {};
    Told told = {};
  };

  // `context` and `handler` outlive the server, and `context` each answer that is still to come.
  Server(boost::asio::io_context& context, Options options, Handler& handler);
  // Closes everything at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Makes the socket (0660) and, where it is missing, its directory; a dead process's is replaced.
  // kFailedPrecondition: in use, or not permitted.
  Result<> ListenUnix(const std::string& path);
  // The real port, where 0 was asked for. kFailedPrecondition as above.
  Result<std::uint16_t> ListenTcp(const std::string& ip, std::uint16_t port);

  // Serves a connection that others have accepted and know the peer of: a stream socket that does
  // not block, now the server's. Not after Stop.
  void Adopt(int descriptor, Peer peer);

  // Who has taken over connections of ours (Options::http2) cut off a peer at this address. One
  // that is cut off or turned away again and again is begun at a pace (h2/arrivals.h).
  void Offended(const std::string& ip);

  // Takes no more connections, ends streams and idle connections, lets answers that are under way
  // end for at most `patience`; then calls `stopped`.
  void Stop(Duration patience, std::function<void()> stopped);

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace fairlead::http
