// ServerCall: one gRPC call on one HTTP/2 stream, as its connection sees it.
//
// Why: it holds what differs per stream (prefix, tail, how far the pending message has gone) and
// points at what is shared.
// Threads: one loop. Lifetime: owned by its connection until the stream closes, then by the loop
// until OnClosed() has returned.
// Invariant: after Close() it never touches its connection.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "h2/grpc_message.h"
#include "h2/outbox.h"
#include "h2/server.h"

namespace fairlead::h2 {

class ServerConnection;

class ServerCall final : public ServerStream {
 public:
  ServerCall(ServerConnection& connection, std::int32_t id, std::size_t message_bytes_max);

  void Write(SharedBytes shared, std::span<const std::byte> tail) override;
  bool write_pending() const override { return write_pending_; }
  void Finish(Code code, std::string_view message) override;

  void SetHandler(std::unique_ptr<StreamHandler> handler) { handler_ = std::move(handler); }
  std::int32_t id() const { return id_; }

  // The peer's side. False: the call asks for nothing more.
  bool Receive(std::span<const std::byte> data);
  void HalfClose();
  bool is_half_closed() const { return is_half_closed_; }
  std::size_t buffered_bytes() const { return decoder_.buffered_bytes(); }

  // Our side: how much of the pending message has not been gathered, and gathering it.
  std::size_t unsent_bytes() const {
    return write_pending_ ? message_bytes() - gathered_bytes_ : 0;
  }
  void GatherInto(Gather& gather, std::size_t bytes, TimePoint now);
  bool is_finishing() const { return finish_.has_value(); }
  const Error& finish() const { return *finish_; }
  bool has_headers() const { return has_headers_; }
  // When the pending message last made progress.
  TimePoint progress_at() const { return progress_at_; }

  std::optional<TimePoint> deadline;  // by the client's grpc-timeout
  std::size_t slot = 0;               // the connection's index of it

  void Close() { connection_ = nullptr; }
  // The pending message has left. True: within its own Write(), so nobody needs to be told.
  bool HasLeftInWrite();
  void TellWritten();
  void TellClosed();

 private:
  std::size_t message_bytes() const { return prefix_.size() + shared_->size() + tail_bytes_; }

  static constexpr std::size_t kTailBytesMax = 64;

  ServerConnection* connection_;  // null once the stream has closed
  std::unique_ptr<StreamHandler> handler_;
  const std::int32_t id_;
  MessageDecoder decoder_;

  std::array<std::byte, kMessagePrefixBytes> prefix_{};
  std::array<std::byte, kTailBytesMax> tail_{};
  std::size_t tail_bytes_ = 0;
  SharedBytes shared_;
  std::size_t gathered_bytes_ = 0;
  TimePoint progress_at_{};
  bool write_pending_ = false;
  bool is_inside_write_ = false;
  bool has_headers_ = false;
  bool is_half_closed_ = false;
  std::optional<Error> finish_;
};

}  // namespace fairlead::h2
