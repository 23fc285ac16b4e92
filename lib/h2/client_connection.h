// ClientConnection: the kept HTTP/2 connection of a Client, from connect() to its loss.
//
// Threads: one loop. Lifetime: owned by its Client, which destroys it when it is lost.
// Invariant: Client is told of an answer or a loss as the last thing an entry point does, so this
// object may be destroyed by what it reports.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <optional>

#include "h2/client.h"
#include "h2/frame_meter.h"
#include "h2/lean_session.h"
#include "h2/peer_bill.h"
#include "h2/transport.h"

namespace fairlead::h2 {

struct ClientCallbacks;

// Why a connection is of no more use, and whether that says nothing about the server.
struct ConnectionLoss {
  CallResult result;
  bool is_worth_a_retry = false;
};

class ClientConnection final : public runtime::Watcher {
 public:
  ClientConnection(ClientLoop& loop, const UnaryRequest& request, Client& client);
  ~ClientConnection() override;

  // Connects and asks. Failures are reported to the client, also from inside.
  void Connect(const SocketAddress& address, const SocketMaker& make,
               const TransportMaker& make_transport);
  // False when the connection's stream ids are used up or the peer told us to leave.
  bool CanAsk() const;
  // `with_ping`: the transport question goes along. REQUIRES: CanAsk(); CanPing() for a ping.
  void Ask(bool with_ping);
  // True on a connection that is lean and waits for no acknowledgement.
  bool CanPing() const { return lean_ && !loss_ && !is_leaving_ && lean_->CanPing(); }
  bool is_pinging() const { return lean_ && lean_->is_pinging(); }
  // REQUIRES: CanPing().
  void Ping();
  // Gives the call up; its answer will be ignored.
  void Abandon();
  // Takes in what the socket holds now.
  void ReadNow();
  bool is_connected() const { return session_ != nullptr || lean_; }
  // True once an answer has come over this connection.
  bool has_served() const { return has_served_; }

  void OnReady(std::uint32_t events) override;
  void FetchAhead(std::size_t step) const override;
  // The same for Ask(), with this object at hand.
  void FetchForAsk() const;

 private:
  friend struct ClientCallbacks;
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  bool FinishConnect();
  // False while both sides have not agreed yet, or when they cannot.
  bool Establish();
  void ReadReady(bool is_ending);
  // Returns how many bytes came.
  std::size_t ReadSome();
  void TakeIn(std::span<const std::byte> data);
  void TakeInLean(std::span<const std::byte> data);
  void LearnAnswer(std::span<const std::byte> data);
  bool LooksWrong(std::span<const std::byte> first);
  void SubmitCall(bool with_ping);
  void SendLean(std::span<const std::byte> bytes);
  void BecomeLean();
  void OpenWatch();
  void Flush();
  void SendUnsent();
  // Returns how many bytes the socket took; fewer than all are told about again.
  std::size_t Send(std::span<const std::byte> bytes);
  void LoseBy(const IoOutcome& outcome, bool is_worth_a_retry);
  void Lose(CallEnd end, std::string detail, bool is_worth_a_retry = false);
  void LoseOverLimit(std::string detail);
  void BillWrongAnswer(CallResult& result) const;
  void Report();
  void EndCall(std::optional<std::uint32_t> reset_code);

  ClientLoop& loop_;
  const UnaryRequest& request_;
  Client& client_;
  runtime::EventLoop::Watch watch_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;  // null while connecting and once lean
  std::optional<LeanSession> lean_;                           // from the first good answer on

  // Of the call in progress; once lean, only when it is read in full. Seldom there at once with
  // thousands of others: what is not kept inside a connection costs nothing while it is idle.
  std::unique_ptr<Answer> answer_;
  std::int32_t call_id_ = -1;  // its stream; -1 = none
  std::size_t body_sent_bytes_ = 0;
  std::size_t call_bytes_ = 0;  // read since the call began
  bool is_call_over_ = false;
  bool is_known_answer_ = false;  // what ended it is ClientLoop::known_answer
  std::optional<std::uint32_t> reset_code_;
  std::unique_ptr<ConnectionLoss> loss_;  // null: it is of use

  FrameMeter meter_{0};
  PeerBill bill_;
  std::vector<std::byte> unsent_;  // what the socket did not take
  bool is_open_ = false;           // the socket is connected
  bool has_to_agree_ = false;      // the transport has something to establish
  bool is_agreeing_ = false;
  bool has_heard_ = false;  // any byte of the peer
  bool has_served_ = false;
  bool has_abandoned_ = false;  // a call, before any was answered
  bool is_blocked_ = false;     // the socket is full
  bool is_leaving_ = false;     // GOAWAY came
  bool is_settled_ = false;     // our SETTINGS are in force
};

}  // namespace fairlead::h2
