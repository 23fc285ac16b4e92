// FrameWalk: one side's bytes as frames, as they come: heads, pieces of payloads, ends.
//
// Threads: none; pure. Memory: nine bytes at most of an unfinished head, and the head before.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "h2/frames.h"

namespace fairlead::h2 {

class FrameWalk {
 public:
  // Tells `sink`, in this order and of every frame:
  //   bool OnHead(const FrameHead& head);
  //   bool OnPayload(const FrameHead& head, std::span<const std::byte> piece);  // none is empty
  //   bool OnEnd(const FrameHead& head);
  // False: the sink said so; then it must not be fed again.
  template <class Sink>
  bool Feed(std::span<const std::byte> data, Sink& sink) {
    while (!data.empty()) {
      if (left_ > 0) {
        const std::span<const std::byte> piece = Cut(data, left_);
        left_ -= static_cast<std::uint32_t>(piece.size());
        if (!sink.OnPayload(head_, piece)) return false;
      } else if (Collect(data) && !sink.OnHead(head_)) {
        return false;
      }
      if (is_in_frame_ && left_ == 0) {
        is_in_frame_ = false;
        if (!sink.OnEnd(head_)) return false;
      }
    }
    return true;
  }
  // No frame has begun and not ended.
  bool is_between_frames() const { return !is_in_frame_ && used_ == 0; }

 private:
  static std::span<const std::byte> Cut(std::span<const std::byte>& data, std::size_t most) {
    const std::span<const std::byte> piece = data.first(std::min(most, data.size()));
    data = data.subspan(piece.size());
    return piece;
  }
  // True: a head is whole.
  bool Collect(std::span<const std::byte>& data) {
    const std::span<const std::byte> piece = Cut(data, kFrameHeadBytes - used_);
    std::ranges::copy(piece, bytes_.begin() + used_);
    used_ = static_cast<std::uint8_t>(used_ + piece.size());
    if (used_ < kFrameHeadBytes) return false;
    used_ = 0;
    head_ = ReadFrameHead(bytes_.data());
    left_ = head_.length;
    is_in_frame_ = true;
    return true;
  }

  std::array<std::byte, kFrameHeadBytes> bytes_{};
  std::uint8_t used_ = 0;
  bool is_in_frame_ = false;
  FrameHead head_;
  std::uint32_t left_ = 0;  // of its payload
};

}  // namespace fairlead::h2
