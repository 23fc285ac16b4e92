// Gather and Outbox: the way of bytes to the socket without copying what is shared.
//
// Gather collects one sendmsg: small pieces are copied into its scratch, shared messages are only
// pointed at. Outbox keeps, per connection, what the socket did not take.
// Why two: there is one Gather per loop, reused for each flush; an Outbox is empty almost always.
// Threads: one loop. Limit: an Outbox holds at most one Gather's worth, since nothing new is
// gathered while it has bytes.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "h2/server.h"

namespace fairlead::h2 {

class ServerCall;

// One piece of a sendmsg, which does not write to it.
inline iovec PieceOf(std::span<const std::byte> bytes) {
  return {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
}

class Gather {
 public:
  void Clear();
  bool empty() const { return count_ == 0; }
  // True while the largest frame (16 KiB payload) still fits.
  bool HasRoom() const;
  // `bytes` may be at most what HasRoom() promises.
  void AddCopied(std::span<const std::byte> bytes);
  // `bytes` lie in *owner, which must live until the batch was sent or moved to an Outbox.
  void AddShared(std::span<const std::byte> bytes, const SharedBytes& owner);
  // The message of `call` ends with the bytes added so far.
  void EndMessage(ServerCall& call) { ended_.push_back({count_, &call}); }
  // The call is gone: its bytes stay, nobody will be told.
  void Forget(const ServerCall& call);

  std::span<const iovec> pieces() const { return {pieces_.data(), count_}; }

 private:
  friend class Outbox;
  struct End {
    std::size_t pieces;  // how many belong to messages up to this end
    ServerCall* call;
  };
  static constexpr std::size_t kPiecesMax = 64;
  static constexpr std::size_t kScratchBytes = 48 * 1024;
  static constexpr std::size_t kFrameBytesMax = 16 * 1024 + 9;

  std::array<std::byte, kScratchBytes> scratch_;
  std::array<iovec, kPiecesMax> pieces_;
  std::array<const SharedBytes*, kPiecesMax> owners_;  // null for scratch
  std::vector<End> ended_;
  std::size_t scratch_used_ = 0;
  std::size_t count_ = 0;
};

class Outbox {
 public:
  bool empty() const { return first_ == segments_.size(); }
  // The calls whose messages end within the first `sent` bytes of `gather` are appended to
  // `written`; all bytes after them are kept.
  void Settle(const Gather& gather, std::size_t sent, std::vector<ServerCall*>& written);
  // The next pieces to send; returns how many were filled in.
  std::size_t Pieces(std::span<iovec> pieces) const;
  void Sent(std::size_t bytes, std::vector<ServerCall*>& written);
  // The call is gone: its bytes are still sent (a frame must not be torn), nobody is told.
  void Forget(const ServerCall& call);

 private:
  struct Segment {
    Bytes copied;  // used when owner is null
    SharedBytes owner;
    std::span<const std::byte> rest;
    ServerCall* ends = nullptr;
  };
  std::vector<Segment> segments_;
  std::size_t first_ = 0;  // the first segment that still has bytes
};

}  // namespace fairlead::h2
