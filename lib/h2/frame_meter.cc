#include "h2/frame_meter.h"

#include <algorithm>

#include "h2/frames.h"

namespace fairlead::h2 {

void FrameMeter::Count(FrameCounts& counts) const {
  const auto type = std::to_integer<unsigned>(head_[3]);
  const bool ends = (std::to_integer<unsigned>(head_[4]) & frame::kEndStream) != 0;
  ++counts.all;
  if (type == frame::kReset) {
    ++counts.resets;
  } else if (type == frame::kData) {
    if (skip_ == 0 && !ends) ++counts.control;
  } else if (type != frame::kHeaders && type != frame::kWindowUpdate && type != frame::kGoAway) {
    ++counts.control;
  }
}

FrameCounts FrameMeter::Feed(std::span<const std::byte> data) {
  FrameCounts counts;
  for (;;) {
    const std::size_t skipped = std::min(skip_, data.size());
    data = data.subspan(skipped);
    skip_ -= skipped;
    if (data.empty()) return counts;
    const std::size_t take = std::min(kFrameHeadBytes - head_bytes_, data.size());
    std::copy_n(data.begin(), take, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
    data = data.subspan(take);
    head_bytes_ += take;
    if (head_bytes_ < kFrameHeadBytes) return counts;
    head_bytes_ = 0;
    skip_ = std::to_integer<std::size_t>(head_[0]) << 16 |
            std::to_integer<std::size_t>(head_[1]) << 8 | std::to_integer<std::size_t>(head_[2]);
    Count(counts);
  }
}

}  // namespace fairlead::h2
