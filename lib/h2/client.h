// Client: one prebuilt unary gRPC call, asked again and again over one kept connection.
//
// Why: a health check is always the same question to the same place. Nothing is rebuilt per check,
// nothing is resolved, and every byte a peer may make us read has a limit.
// Threads: everything on the ClientLoop's thread.
// Limits: h2/limits.h, ClientLimits.
// Watch: a second call to the same server may stay open beside the checks, on the same connection.
// Ping: the transport question beside them (lean_session.h says why it is no PING frame). It is
// answered by the peer's HTTP/2, whatever its program does.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "h2/answer.h"
#include "h2/connecting.h"
#include "h2/known_answer.h"
#include "h2/limits.h"
#include "h2/socket_address.h"
#include "h2/transport.h"
#include "h2/watch_call.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

// What all clients of one loop share. Must outlive them.
struct ClientLoop {
  ClientLoop(runtime::EventLoop& event_loop, const ClientLimits& client_limits)
      : limits(client_limits), poller(event_loop) {}

  const ClientLimits limits;
  runtime::EventLoop& poller;
  std::array<std::byte, 64 * 1024> read_buffer;
  KnownAnswer known_answer;  // the last good one of any connection
};

// The question. Build it once per target.
struct UnaryRequest {
  std::string authority;
  std::string path;             // "/package.Service/Method"
  std::string timeout;          // grpc-timeout, see FormatTimeout; empty = none
  std::vector<std::byte> body;  // with its message prefix

  // The server is told `deadline` plus a second: it must never answer *because* our time is up, or
  // a slow server would look like one that says no.
  static UnaryRequest Make(std::string authority, std::string path,
                           std::span<const std::byte> message, Duration deadline);
  // The same question to another method, with no end to its time.
  UnaryRequest Watching(std::string_view watch_path) const;
};

class ClientEvents {
 public:
  virtual ~ClientEvents() = default;
  // The call that Ask() began is over. Also called from inside Ask() and Expire(). The client may
  // be asked again from here, but not destroyed.
  virtual void OnCallEnd(const CallResult& result) = 0;
  // The peer ended the kept connection, or told us to leave it. A call in progress goes on over a
  // new connection if it can.
  virtual void OnConnectionClosed() = 0;
  // The call that stays open beside Ask() has told something; see Client::Watch(). Other calls of
  // this interface follow it in the order in which the peer spoke.
  virtual void OnWatched(const WatchNews& /*news*/) {}
  // The ping has been acknowledged. Comes before the OnCallEnd() of what was read with it. The
  // client may not be asked from here.
  virtual void OnAlive() {}
  // The peer left with ENHANCE_YOUR_CALM after a ping: none is sent to it any more.
  // OnConnectionClosed follows; a call in progress is asked again on the new connection.
  virtual void OnPingRefused() {}
  // The call beside the last Ask() is answered in full; see Client::AskBeside(). Comes before the
  // OnCallEnd() of what was read with it. Nothing may be asked from here.
  virtual void OnBeside(const WatchNews& /*news*/) {}
  // With no call in progress the peer has cost more than its limits (CallResult::is_over_limit).
  // Its connection is closed, and there is no OnConnectionClosed().
  virtual void OnOverLimit(const CallResult& /*result*/) {}
  // Asks for memory that OnCallEnd() will need (base/prefetch.h). A hint.
  virtual void FetchAhead() const {}
};

class ClientConnection;
struct ConnectionLoss;

// What a connection tells its client at once; each may be null.
struct ConnectionNews {
  const CallResult* answer = nullptr;
  const ConnectionLoss* loss = nullptr;  // the connection is destroyed before OnNews returns
  const WatchNews* watched = nullptr;
  bool is_alive = false;
  bool is_annoyed = false;
  const WatchNews* beside = nullptr;
};

class Client {
 public:
  // Every connection's socket is made by `make`, here when there is none, and spoken over by what
  // `make_transport` puts on it.
  Client(ClientLoop& loop, const SocketAddress& address, UnaryRequest request, ClientEvents& events,
         SocketMaker make = {}, TransportMaker make_transport = {});
  ~Client();  // silently ends everything
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Begins the call, connecting first if need be. REQUIRES: !is_asking().
  // A kept connection that breaks before any byte of the answer is replaced once, as is one that
  // the peer leaves by GOAWAY: neither says anything about the server. `with_ping`: the transport
  // question goes along, at no system call's cost. REQUIRES: CanPing() for a ping.
  void Ask(bool with_ping = false);
  bool is_asking() const { return is_asking_; }
  // From the next good answer on a call of method `path` with the same message stays open; when it
  // or its connection ends it is opened again after a later answer, ever less often while none
  // lasts for kWatchLasts answers, and never again once the server said UNIMPLEMENTED.
  void Watch(std::string_view path) { watch_path_ = path; }
  // From the second good answer of a connection on `request` is asked beside each Ask(), in the
  // same write. Its answer may come later than the other, or never: then the next Ask() gives it
  // up. REQUIRES: called once.
  void AskBeside(UnaryRequest request) {
    beside_ = std::make_unique<const UnaryRequest>(std::move(request));
  }
  // True when the kept connection has proved sound, waits for no acknowledgement, and the peer has
  // never refused a ping.
  bool CanPing() const;
  // True while an acknowledgement may still come.
  bool is_pinging() const;
  // Asks the peer's transport for a sign of life: OnAlive(). REQUIRES: CanPing().
  void Ping();
  // Takes in what already lies in the socket.
  void ReadNow();
  // Asks for memory that Ask() will need (base/prefetch.h), in steps 0 and 1. A hint for who asks
  // thousands.
  void FetchAhead(std::size_t step) const;
  // The caller's deadline has come: what already lies in the socket still counts, then the call
  // ends as kTimeout. Connections that time out thrice in a row are replaced. REQUIRES:
  // is_asking().
  void Expire();

 private:
  friend class ClientConnection;
  void FetchForNews() const { events_.FetchAhead(); }
  void Connect();
  void OnNews(const ConnectionNews& news);
  void OnWatched(const WatchNews& news);
  // A good answer has come. True: a watch is due.
  bool WantsWatch(bool has_watch);
  void End(const CallResult& result);

  static constexpr int kTimeoutsPerConnectionMax = 3;
  // Good answers between two attempts at a watch that does not last: doubled up to this.
  static constexpr int kWatchPauseMost = 64;
  static constexpr int kWatchLasts = 16;

  ClientLoop& loop_;
  const SocketAddress address_;
  const SocketMaker make_socket_;
  const TransportMaker make_transport_;
  const UnaryRequest request_;
  ClientEvents& events_;
  std::unique_ptr<ClientConnection> connection_;
  int timeouts_ = 0;  // in a row on this connection
  bool is_asking_ = false;
  bool was_retried_ = false;
  bool is_ping_refused_ = false;
  std::unique_ptr<const UnaryRequest> beside_;  // null: none
  std::string_view watch_path_;                 // empty: none
  int watch_lasted_ = 0;                        // answers during the one that is open
  int watch_pause_ = 0;                         // answers between the last attempt and the next
  int watch_answers_ = 0;                       // left until the next
};

}  // namespace fairlead::h2
