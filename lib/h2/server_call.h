// ServerCall: one gRPC call on one HTTP/2 stream, as its connection sees it.
//
// Why: it holds what differs per stream and points at what is shared. A push that the socket takes
// whole, the rule, touches its first two cache lines and leaves nothing behind.
// Threads: one loop. Lifetime: owned by its connection until the stream closes, then by the loop
// until OnClosed() has returned.
// Invariant: after Close() it never touches its connection.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "h2/grpc_message.h"
#include "h2/outbox.h"
#include "h2/server.h"
#include "h2/server_session.h"

namespace fairlead::h2 {

class ServerConnection;

class ServerCall final : public ServerStream, public BodyStream, public SessionStream {
 public:
  ServerCall(ServerConnection& connection, std::size_t message_bytes_max);

  void Write(SharedBytes shared, std::span<const std::byte> tail) override;
  bool write_pending() const override { return is_pending_; }
  void Finish(Code code, std::string_view message) override;
  // BodyStream.
  void Begin(Fields fields) override;
  void WriteBody(SharedBytes bytes) override;
  void End(Fields trailers) override;
  void Take(std::size_t bytes, std::size_t ahead) override;
  void FetchAhead(std::size_t step) const override;
  // The same for a message of the peer: its handler, and what that needs.
  void FetchHandler(std::size_t step) const;

  void SetHandler(std::unique_ptr<StreamHandler> handler) { handler_ = std::move(handler); }

  // The peer's side. False: the call asks for nothing more.
  bool Receive(std::span<const std::byte> data);
  void HalfClose();
  // Unfinished messages, or what the handler keeps of a body.
  std::size_t buffered_bytes() const {
    return keeps_body ? static_cast<std::size_t>(kept_bytes) : decoder_.buffered_bytes();
  }

  // Our side: how much of the pending message has not been gathered, and gathering it.
  std::size_t unsent_bytes() const {
    return pending_ != nullptr ? pending_->message_bytes() - pending_->gathered_bytes : 0;
  }
  void GatherInto(Gather& gather, std::size_t bytes, TimePoint now);
  // There is something to send: bytes, or the end.
  bool is_waiting() const { return unsent_bytes() > 0 || finish_ != nullptr; }
  // How it ends: a code and a message of gRPC, or a block made already, which may be empty.
  struct Ending {
    Error error = {};
    std::optional<std::vector<std::byte>> block = {};
  };
  const Ending& ending() const { return *finish_; }
  bool has_headers() const { return has_headers_; }
  // When the pending message last made progress. REQUIRES: unsent_bytes() > 0.
  TimePoint progress_at() const { return pending_->progress_at; }

  std::optional<TimePoint> deadline;  // by the client's grpc-timeout
  std::uint32_t slot = 0;             // the connection's index of it

  void Close() { connection_ = nullptr; }
  // The pending message has left. True: within its own Write(), so nobody needs to be told.
  bool HasLeftInWrite();
  void TellWritten();
  void TellAged();
  void TellClosed();

 private:
  static constexpr std::size_t kTailBytesMax = 64;

  // A message that did not leave within its Write().
  struct Pending {
    std::size_t message_bytes() const { return prefix_bytes + shared->size() + tail_bytes; }

    SharedBytes shared;
    std::array<std::byte, kMessagePrefixBytes> prefix{};
    std::size_t prefix_bytes = kMessagePrefixBytes;  // 0 of a body
    std::array<std::byte, kTailBytesMax> tail{};
    std::size_t tail_bytes = 0;
    std::size_t gathered_bytes = 0;
    TimePoint progress_at{};
  };

  ServerConnection* connection_;  // null once the stream has closed
  std::unique_ptr<StreamHandler> handler_;
  std::unique_ptr<Pending> pending_;  // null as a rule
  std::unique_ptr<Ending> finish_;    // how the call ends, once that is known
  bool is_pending_ = false;           // also while the rest of it lies in the outbox
  bool is_inside_write_ = false;
  bool has_headers_ = false;
  MessageDecoder decoder_;
};

}  // namespace fairlead::h2
