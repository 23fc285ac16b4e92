// Connection: one gRPC connection that waits, by deadlines, and the calls that are made over it.
//
// Why beside h2::Client: that one asks the same again for days among thousands, on a loop. Here one
// question is asked and the process ends; what counts is whether the connection or the call failed
// (exit 2 or 3), and headers that people choose. What both need is h2's.
// "Connected" is what gRPC means by it: the server's SETTINGS have come. A listener whose process
// hangs never is.
// Threads: the caller's, which waits. Limits: h2::ClientLimits, and kBytesMax of all that is read.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "h2/answer.h"
#include "h2/connecting.h"
#include "h2/limits.h"
#include "h2/socket_address.h"
#include "h2/transport.h"
#include "probe/reply.h"
#include "probe/request.h"

namespace fairlead::probe {

// Far above any number of health answers; who says more is not answering.
inline constexpr std::size_t kBytesMax = 1024 * 1024;

struct ConnectionCalls;

class Connection {
 public:
  // Tells that enough was said.
  using IsEnough = std::function<bool(std::span<const std::byte> message)>;

  // Connects, agrees on TLS if `make_transport` has it, and awaits the server's SETTINGS.
  // kUnavailable, kDeadlineExceeded, or kUnauthenticated (TLS does not come about: one side does
  // not believe the other), with what was in the way. `make`: as of h2::BeginConnect.
  static Result<std::unique_ptr<Connection>> Open(const h2::SocketAddress& address,
                                                  const h2::TransportMaker& make_transport,
                                                  TimePoint deadline,
                                                  const h2::SocketMaker& make = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One unary call. The result's message is valid until the next call.
  h2::CallResult Ask(const Request& request, TimePoint deadline);
  // One call whose messages are handed to `is_enough` until it says so, which ends the call as
  // kAnswered and OK without a message; or until the call ends otherwise.
  h2::CallResult Watch(const Request& request, const IsEnough& is_enough, TimePoint deadline);
  // False once the connection is lost, or left by the server.
  bool CanCall() const;

 private:
  friend struct ConnectionCalls;
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Connection(bool is_plaintext, std::unique_ptr<h2::Transport> transport);
  Result<> Establish(TimePoint deadline);
  h2::CallResult Call(const Request& request, TimePoint deadline);
  // Moves bytes until `is_done`, the connection is lost, or time is up.
  void MoveUntil(const std::function<bool()>& is_done, TimePoint deadline);
  void ReadAll();
  void TakeIn(std::span<const std::byte> data);
  void Flush();
  void Lose(h2::CallEnd end, std::string detail);
  void LoseBy(const h2::IoOutcome& outcome);

  const h2::ClientLimits limits_;
  const bool is_plaintext_;
  const std::unique_ptr<h2::Transport> transport_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::vector<std::byte> unsent_;  // what the socket did not take
  std::array<std::byte, 16 * 1024> buffer_;
  std::size_t bytes_read_ = 0;
  bool is_settled_ = false;             // the server's SETTINGS have come
  std::optional<h2::CallResult> loss_;  // why the connection is of no more use

  // Of the call in progress.
  const Request* request_ = nullptr;
  std::size_t body_sent_bytes_ = 0;
  std::int32_t call_id_ = -1;
  bool is_call_over_ = false;
  std::optional<std::uint32_t> reset_code_;
  std::optional<Reply> reply_;
};

}  // namespace fairlead::probe
