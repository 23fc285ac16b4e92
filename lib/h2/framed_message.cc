#include "h2/framed_message.h"

#include <algorithm>

#include "base/check.h"
#include "h2/outbox.h"

namespace fairlead::h2 {

FramedMessage::FramedMessage(std::int32_t stream, std::span<const std::byte> shared,
                             std::span<const std::byte> tail) {
  std::size_t left = kMessagePrefixBytes + shared.size() + tail.size();
  CHECK(left <= kPayloadBytesMax);
  const auto prefix = MessagePrefix(shared.size() + tail.size());
  for (std::size_t frame = 0; left > 0; ++frame) {
    std::size_t room = std::min(left, kFramePayloadBytesMax);
    left -= room;
    const std::span head = heads_[frame];
    WriteFrameHead(head.data(), {.length = static_cast<std::uint32_t>(room),
                                 .type = frame::kData,
                                 .flags = 0,
                                 .stream = stream});
    if (frame == 0) {
      std::ranges::copy(prefix, head.begin() + kFrameHeadBytes);
      room -= prefix.size();
    }
    Add(head.first(frame == 0 ? kHeadBytesMax : kFrameHeadBytes));
    Take(shared, room);
    Take(tail, room);
  }
}

void FramedMessage::Take(std::span<const std::byte>& part, std::size_t& room) {
  const std::size_t taken = std::min(part.size(), room);
  Add(part.first(taken));
  part = part.subspan(taken);
  room -= taken;
}

void FramedMessage::Add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  pieces_[count_++] = PieceOf(bytes);
  bytes_ += bytes.size();
}

void FramedMessage::AddTo(Gather& gather, const SharedBytes& owner) const {
  for (const iovec& piece : pieces()) {
    const std::span bytes(static_cast<const std::byte*>(piece.iov_base), piece.iov_len);
    const bool is_shared =
        bytes.data() >= owner->data() && bytes.data() < owner->data() + owner->size();
    if (is_shared) {
      gather.AddShared(bytes, owner);
    } else {
      gather.AddCopied(bytes);
    }
  }
}

}  // namespace fairlead::h2
