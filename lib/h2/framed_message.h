// FramedMessage: one gRPC message in the DATA frames that carry it, as pieces of a sendmsg.
//
// Why: a push that the socket takes whole needs no memory of its own: heads of frames lie in here,
// on the caller's stack, and the message is pointed at. What one sendmsg carries (a list of a
// thousand endpoints has 30 KB) is worth it; longer ones are gathered frame by frame.
// Threads: none; pure.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "h2/frames.h"
#include "h2/grpc_message.h"
#include "h2/server.h"

namespace fairlead::h2 {

class Gather;

class FramedMessage {
 public:
  static constexpr std::size_t kFramesMax = 8;
  // What the frames may carry: prefix, shared part and tail.
  static constexpr std::size_t kPayloadBytesMax = kFramesMax * kFramePayloadBytesMax;

  // The message is `shared`, then `tail`; both must outlive this.
  // REQUIRES: with its prefix it is within kPayloadBytesMax.
  FramedMessage(std::int32_t stream, std::span<const std::byte> shared,
                std::span<const std::byte> tail);
  FramedMessage(const FramedMessage&) = delete;  // pieces() point into it
  FramedMessage& operator=(const FramedMessage&) = delete;

  std::span<const iovec> pieces() const { return {pieces_.data(), count_}; }
  // Of all pieces.
  std::size_t bytes() const { return bytes_; }
  // Copies heads and tail and points at what is shared, for what the socket did not take.
  // REQUIRES: `gather` is empty, *owner is the shared part and lives as AddShared() wants it.
  void AddTo(Gather& gather, const SharedBytes& owner) const;

 private:
  static constexpr std::size_t kHeadBytesMax = kFrameHeadBytes + kMessagePrefixBytes;

  void Add(std::span<const std::byte> bytes);
  // From the front of `part`, which moves on, what the frame has room for.
  void Take(std::span<const std::byte>& part, std::size_t& room);

  std::array<std::array<std::byte, kHeadBytesMax>, kFramesMax> heads_;
  std::array<iovec, 3 * kFramesMax> pieces_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace fairlead::h2
