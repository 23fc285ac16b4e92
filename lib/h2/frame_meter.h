// FrameMeter and RateBudget: how many frames of which kind a peer sends, and how many it may.
//
// Why: some floods are cheap to send and dear to answer (PING, SETTINGS, empty DATA, CONTINUATION
// without end). Counting the frame heads in the raw bytes sees each of them, also those that the
// HTTP/2 library swallows silently.
// Threads: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "h2/frame_walk.h"
#include "h2/frames.h"

namespace fairlead::h2 {

struct FrameCounts {
  std::uint32_t all = 0;
  std::uint32_t control =
      0;  // PING, SETTINGS, PRIORITY, CONTINUATION, unknown, empty DATA without END_STREAM
  std::uint32_t resets = 0;  // RST_STREAM
};

// Counts one frame by its head.
void Count(const FrameHead& head, FrameCounts& counts);

class FrameMeter {
 public:
  // `preface_bytes`: what comes before the first frame (24 of a client, 0 of a server).
  explicit FrameMeter(std::size_t preface_bytes)
      : preface_left_(static_cast<std::uint32_t>(preface_bytes)) {}

  // Counts the frames whose head ends within `data`.
  FrameCounts Feed(std::span<const std::byte> data);
  // True when no frame has begun and not ended.
  bool is_between_frames() const { return preface_left_ == 0 && walk_.is_between_frames(); }

 private:
  std::uint32_t preface_left_;
  FrameWalk walk_;
};

// At most `most` in each window; windows follow each other without overlap.
class RateBudget {
 public:
  RateBudget(std::uint32_t most, Duration window) : most_(most), window_(window) {}

  // Spends `count` at `now`. False when the window's budget is exceeded.
  bool Spend(std::uint32_t count, TimePoint now) {
    if (now - start_ >= window_) {
      start_ = now;
      spent_ = 0;
    }
    spent_ += count;
    return spent_ <= most_;
  }

 private:
  const std::uint32_t most_;
  const Duration window_;
  TimePoint start_{};
  std::uint64_t spent_ = 0;
};

}  // namespace fairlead::h2
