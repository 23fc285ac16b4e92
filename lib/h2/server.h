// Server: gRPC streams for discovery, over HTTP/2 on unix sockets and TCP.
//
// Why our own: pushing one change to thousands of streams must cost little more than the kernel's
// send, and every limit on what a peer may send must be ours (ARCHITECTURE.md, "Decisions").
// Threads: a Server and all its connections and streams live on one event loop's thread; everything
// here is called on it.
// Limits: h2/limits.h names each; a peer over a limit loses its stream or connection, never more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "h2/limits.h"
#include "h2/peer.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

using Bytes = std::vector<std::byte>;
// Encoded once, written to any number of streams without a copy.
using SharedBytes = std::shared_ptr<const Bytes>;

struct RequestHead {
  std::string path;  // "/package.Service/Method"
  std::string authority;
  std::vector<std::pair<std::string, std::string>> metadata;  // bounded; names in lower case
  std::optional<Duration> timeout;                            // grpc-timeout
  Peer peer;
  // For Router::OpenBody.
  std::string method;        // "POST"
  std::string content_type;  // as it came; empty: none did
};

// The server's side of one call. Owned by the server; valid from StreamHandler's creation until its
// OnClosed() returns.
class ServerStream {
 public:
  virtual ~ServerStream() = default;

  // Sends one gRPC message made of `shared` followed by `tail` (copied; at most 64 bytes).
  // The socket takes it at once as a rule: then write_pending() is false when this returns, another
  // Write() is welcome, and there is no OnWritten(). REQUIRES: !write_pending() and not finished.
  virtual void Write(SharedBytes shared, std::span<const std::byte> tail) = 0;
  // At most one message per stream is on its way; OnWritten() tells when it no longer is.
  virtual bool write_pending() const = 0;
  // Ends the call with trailers, after a pending write. Nothing but OnClosed() follows.
  virtual void Finish(Code code, std::string_view message) = 0;
  // Asks for memory that Write() will need (base/prefetch.h), in steps 0 and 1. A hint for who
  // writes to thousands.
  virtual void FetchAhead(std::size_t /*step*/) const {}
};

// The server's side of one request of a router that takes bodies (Router::takes_bodies): what
// ServerStream is to a gRPC call, below gRPC. Owned and valid like that one.
//
// What OnBody() has handed over is counted for the connection's limits, and holds the peer back,
// until Take() gives it back.
class BodyStream {
 public:
  using Fields = std::span<const std::pair<std::string_view, std::string_view>>;

  virtual ~BodyStream() = default;
  // The answer's head, `:status` first; at most kHeadBytesMax of names and values. REQUIRES: once,
  // before the first WriteBody().
  virtual void Begin(Fields fields) = 0;
  // As ServerStream::Write(), without a word of gRPC.
  virtual void WriteBody(SharedBytes bytes) = 0;
  virtual bool write_pending() const = 0;
  // Ends the answer with these trailers, or with none; without a Begin() they are its head.
  // REQUIRES: as Begin(). Nothing but OnClosed() follows.
  virtual void End(Fields trailers) = 0;
  // The owner is done with `bytes` of the body, and wants to see at least `ahead` more of it
  // before it is done with any: the length of a message that is not whole, say.
  virtual void Take(std::size_t bytes, std::size_t ahead) = 0;

  static constexpr std::size_t kHeadBytesMax = 12 * 1024;
};

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  // One whole gRPC message; the bytes are valid during the call only.
  virtual void OnMessage(std::span<const std::byte> message) = 0;
  // Instead, with a BodyStream: a piece of the body.
  virtual void OnBody(std::span<const std::byte> /*bytes*/) {}
  // The write that was pending has left for the socket; another is welcome, also from here.
  virtual void OnWritten() = 0;
  // The peer will send no more messages.
  virtual void OnHalfClose() = 0;
  // The stream is over, for whatever reason; the last call. The handler is destroyed after it.
  virtual void OnClosed() = 0;
  // The connection is old (ServerLimits::connection_age_max), and its peer was told to make a new
  // one. A stream that is not over within the grace is cut.
  virtual void OnAged() {}
  // Asks for memory that OnMessage() will need (base/prefetch.h). A hint.
  virtual void FetchAhead() const {}
};

// Decides who answers a call. One per server.
class Router {
 public:
  virtual ~Router() = default;
  // An error becomes a trailers-only answer with that code and message.
  virtual Result<std::unique_ptr<StreamHandler>> Open(const RequestHead& head,
                                                      ServerStream& stream) = 0;
  // True: OpenBody() is asked instead, for requests of every method and content type.
  virtual bool takes_bodies() const { return false; }
  // Not null where takes_bodies().
  virtual std::unique_ptr<StreamHandler> OpenBody(const RequestHead& /*head*/,
                                                  BodyStream& /*stream*/) {
    return nullptr;
  }
  // A peer came to nothing, most of them before their first request, because of what its transport
  // says: TLS.
  virtual void OnTrouble(const Peer& /*peer*/, const std::string& /*why*/) {}
};

struct ServerCounters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over a limit
  std::uint64_t accepts_held_back = 0;    // as many waited to be begun as may (arrivals.h)
  std::uint64_t connections_paced = 0;    // begun later, because their peer offends (arrivals.h)
  std::uint64_t streams_open = 0;
  std::uint64_t limit_hits = 0;        // streams or connections ended by a limit
  std::uint64_t connections_aged = 0;  // told to go because of their age
};

class Server {
 public:
  // `offended` hears, besides its own listeners, of peers that are cut off for what they do, or
  // have more connections than they may: for who accepts what is adopted.
  Server(runtime::EventLoop& event_loop, ServerLimits limits, Router& router,
         std::function<void(const Peer&)> offended = {});
  ~Server();  // closes everything

  // Makes a unix socket with these permission bits. A socket file left by a dead process is
  // replaced; one that a living process answers on is kAlreadyExists.
  Result<> ListenUnix(const std::string& path, unsigned mode);
  // Listens on a literal address; port 0 = any. Returns the port. `transports` may be empty: plain.
  Result<std::uint16_t> ListenTcp(const std::string& ip, std::uint16_t port,
                                  TransportMaker transports = {});

  // Serves a connection that others have accepted, plain: its connected, non-blocking socket,
  // which is the server's from here on, and what they have read of it.
  void Adopt(int descriptor, Peer peer, std::span<const std::byte> read);

  // GOAWAY to everybody and no new connections; streams go on until closed or destroyed.
  void Drain();
  ServerCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::h2
