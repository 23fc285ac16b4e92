// WholeFrames: cuts a peer's bytes into frames, for who takes none before it is whole.
//
// Threads: none; pure. Memory: at most one frame, and nothing between frames.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "h2/frames.h"

namespace fairlead::h2 {

class WholeFrames {
 public:
  // Calls take(head, payload) for each frame that `data` completes. False: it said so, or a frame
  // is longer than kFramePayloadBytesMax; then it must not be fed again.
  template <class Take>
  bool Feed(std::span<const std::byte> data, Take take) {
    if (!partial_.empty()) partial_.insert(partial_.end(), data.begin(), data.end());
    const std::vector<std::byte> joined = std::exchange(partial_, {});
    std::span<const std::byte> rest = joined.empty() ? data : std::span(joined);
    while (rest.size() >= kFrameHeadBytes) {
      const FrameHead head = ReadFrameHead(rest.data());
      if (head.length > kFramePayloadBytesMax) return false;
      if (rest.size() < kFrameHeadBytes + head.length) break;
      if (!take(head, rest.subspan(kFrameHeadBytes, head.length))) return false;
      rest = rest.subspan(kFrameHeadBytes + head.length);
    }
    partial_.assign(rest.begin(), rest.end());
    return true;
  }
  bool is_between_frames() const { return partial_.empty(); }

 private:
  std::vector<std::byte> partial_;  // an unfinished frame
};

// Takes padding, and priority of HEADERS, away. False when they are longer than the frame.
bool Unwrap(const FrameHead& head, std::span<const std::byte>& payload);

}  // namespace fairlead::h2
