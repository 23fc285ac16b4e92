// ServerConnection: one client's HTTP/2 connection: reads, limits, flushes, keepalive.
//
// Why its shape: a push must cost one sendmsg. A message that fits the windows and follows nothing
// that waits is framed on the stack and offered to the socket at once (SendAtOnce). Everything else
// goes through Flush(), which gathers what the session has to say and what messages may send, and
// keeps in the outbox what the socket does not take.
// Threads: one loop. Lifetime: owned by Server; Doom() asks for destruction at the end of the turn.
// Invariant: nothing is sent while bytes of the peer are being fed to the session (is_inside_), nor
// before the transport has agreed with it (is_agreed_).
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "h2/frame_meter.h"
#include "h2/outbox.h"
#include "h2/parting.h"
#include "h2/server.h"
#include "h2/server_call.h"
#include "h2/server_session.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

class ServerLoop;
class ServerConnection final : public runtime::Watcher, private SessionEvents {
 public:
  // `ages_at`: from when on it is old; nothing: never.
  ServerConnection(ServerLoop& loop, std::unique_ptr<Transport> transport, Peer peer,
                   std::optional<TimePoint> ages_at);
  ~ServerConnection() override;

  // Begins to read. False: the socket cannot be watched.
  bool Start();
  void OnReady(std::uint32_t events) override;
  void FetchAhead(std::size_t step) const override;
  void FetchTransport() const;
  // Looks at everything that time decides: handshake, deadlines, stalls, keepalive.
  void Sweep(TimePoint now);
  void GoAway();
  // True if it is old and has been told so just now: its streams are asked to end.
  bool AgeOut(TimePoint now);

  // For ServerCall. SendAtOnce: the whole message, if nothing stands in its way; then the call
  // hears of it like of every other. False: nothing was done.
  bool SendAtOnce(ServerCall& call, const SharedBytes& shared, std::span<const std::byte> tail);
  void SubmitMessage(ServerCall& call, bool is_first);
  void SubmitFinish(ServerCall& call);
  void SubmitHead(ServerCall& call, const std::vector<std::byte>& block);
  void Release(ServerCall& call, std::size_t bytes, std::size_t ahead);

  const Peer& peer() const { return peer_; }
  bool is_dead() const { return is_dead_; }
  // For how long it has had no call; nothing: it has one, or is over.
  std::optional<Duration> IdleTime(TimePoint now) const {
    return is_dead_ || !calls_.empty() ? std::nullopt : std::optional<Duration>(now - idle_since_);
  }
  // Sends it away, through no fault of its own. REQUIRES: IdleTime().
  void Dismiss();
  std::size_t slot = 0;  // the server's index of it

 private:
  // A discovery client has one call, all its life.
  using Calls = boost::container::small_vector<std::unique_ptr<ServerCall>, 1>;

  // `is_ending`: the peer has closed or broken its side, so after the bytes there is an end to
  // read.
  void ReadSome(bool is_ending);
  // What the transport has to agree on with the peer. True once it has.
  bool Agree();
  // The transport is at its end, of itself or the peer's.
  void GiveUp(const IoOutcome& why);
  bool Admit(std::span<const std::byte> data);
  void Flush();
  bool FillGather();
  bool SendGather();
  void Keep(std::size_t sent);
  void SendOutbox();
  void MarkWritten();
  void CloseForAbuse();
  void Refuse();
  void LeaveIfIdle(TimePoint now);
  // It is refused, and everything that says so is written: it may read that.
  void Part();
  void HearParting();
  void EndParting();
  void Doom();
  void Leave();
  void SweepCalls(TimePoint now);
  void KeepAlive(TimePoint now);

  // gRPC: see server_requests.cc.
  void OnRequest(std::int32_t id, Request&& request, bool ends) override;
  void OnData(SessionStream& stream, std::span<const std::byte> data) override;
  void OnEnd(SessionStream& stream) override;
  void OnReset(SessionStream& stream) override;
  void OpenCall(std::int32_t id, Request&& request, bool ends);
  void OnBody(ServerCall& call, std::span<const std::byte> data);
  bool IsOverBuffers() const;
  void RefuseWithHttpStatus(std::int32_t id, std::string_view status, bool ends);
  ServerCall* NextToSend();
  void GatherSome(ServerCall& call);
  void SendEnd(ServerCall& call);
  // The call's stream is over, in the session too.
  void Retire(ServerCall& call);

  // In the order in which a push and its acknowledgement touch them: the rest is colder.
  ServerLoop& loop_;
  const std::unique_ptr<Transport> transport_;
  bool is_agreed_ = false;
  bool is_ping_out_ = false;
  bool is_inside_ = false;
  bool is_dead_ = false;
  bool is_old_ = false;        // and has been told so
  std::uint32_t waiting_ = 0;  // calls with unsent bytes or an end to send
  Calls calls_;
  Outbox outbox_;
  ServerSession session_;
  runtime::EventLoop::Watch watch_;
  std::uint32_t next_call_ = 0;     // whose turn it is among those that wait
  std::size_t buffered_bytes_ = 0;  // unfinished messages

  FrameMeter meter_;
  RateBudget frames_;
  RateBudget control_frames_;
  RateBudget resets_;
  RateBudget refused_streams_;
  TimePoint now_;  // of the read or sweep that is running
  const TimePoint begun_at_;
  std::optional<TimePoint> ages_at_;  // of one that is old: when that was told
  TimePoint heard_at_;                // last bytes from the peer
  TimePoint taken_at_;                // the socket last took bytes
  TimePoint idle_since_;              // without a call; of one that has none
  Peer peer_;                         // whole once is_agreed_
  std::unique_ptr<Parting> parting_;  // null: it is not refused, or has gone
};

}  // namespace fairlead::h2
