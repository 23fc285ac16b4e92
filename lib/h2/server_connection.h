// ServerConnection: one client's HTTP/2 connection: reads, limits, flushes, keepalive.
//
// Why its shape: a push must cost one sendmsg. Write() ends in Flush(), which lets nghttp2 frame
// what is pending, gathers heads, shared bytes and tails, and offers them to the socket at once;
// only what the socket does not take waits for it.
// Threads: one loop. Lifetime: owned by Server; Doom() asks for destruction at the end of the turn.
// Invariant: nghttp2 is never entered from within itself (is_inside_).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "h2/frame_meter.h"
#include "h2/outbox.h"
#include "h2/poller.h"
#include "h2/server.h"
#include "h2/server_call.h"
#include "h2/transport.h"

namespace fairlead::h2 {

class ServerLoop;
struct ServerCallbacks;

// The header block that is coming in; there is at most one per connection.
struct IncomingRequest {
  RequestHead head;
  std::string method;
  bool is_grpc = false;
  bool is_too_long = false;
  std::size_t bytes = 0;
};

class ServerConnection final : public Watcher {
 public:
  ServerConnection(ServerLoop& loop, std::unique_ptr<Transport> transport, Peer peer);
  ~ServerConnection() override;

  // Begins to read. False: the socket cannot be watched.
  bool Start();
  void OnReady(std::uint32_t events) override;
  // Looks at everything that time decides: handshake, deadlines, stalls, keepalive.
  void Sweep(TimePoint now);
  void GoAway();

  // For ServerCall.
  void SubmitMessage(ServerCall& call, bool is_first);
  void SubmitFinish(ServerCall& call);

  const Peer& peer() const { return peer_; }
  std::size_t slot = 0;  // the server's index of it

 private:
  friend struct ServerCallbacks;
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  // `is_ending`: the peer has closed or broken its side, so after the bytes there is an end to
  // read.
  void ReadSome(bool is_ending);
  bool Admit(std::span<const std::byte> data);
  void Flush();
  bool FillGather();
  bool SendGather();
  void SendOutbox();
  void MarkWritten();
  void CloseForAbuse();
  void Doom();
  void SweepCalls(TimePoint now);
  void KeepAlive(TimePoint now);

  // What nghttp2 reports; see server_session.cc.
  int OnHeaderField(std::string_view name, std::string_view value);
  void OnRequest(std::int32_t id, bool ends);
  void OpenCall(std::int32_t id, RequestHead head, bool ends);
  void OnData(ServerCall& call, std::span<const std::byte> data);
  void OnStreamClosed(ServerCall& call);
  ssize_t OnDataWanted(ServerCall& call, std::size_t most, std::uint32_t* flags);
  int OnSendData(ServerCall& call, std::span<const std::byte> frame_head, std::size_t length);
  void RefuseWithHttpStatus(std::int32_t id, const char* status);
  void SubmitTrailersOnly(const ServerCall& call);

  ServerLoop& loop_;
  const std::unique_ptr<Transport> transport_;
  const Peer peer_;
  Poller::Watch watch_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::vector<std::unique_ptr<ServerCall>> calls_;
  std::optional<IncomingRequest> incoming_;
  Outbox outbox_;
  std::size_t buffered_bytes_ = 0;  // unfinished messages

  FrameMeter meter_;
  RateBudget frames_;
  RateBudget control_frames_;
  RateBudget resets_;
  TimePoint now_;  // of the read or sweep that is running
  const TimePoint begun_at_;
  TimePoint heard_at_;  // last bytes from the peer
  TimePoint taken_at_;  // the socket last took bytes
  bool is_handshaken_ = false;
  bool is_ping_out_ = false;
  bool is_inside_ = false;  // nghttp2 is running
  bool is_gather_full_ = false;
  bool is_dead_ = false;
};

}  // namespace fairlead::h2
