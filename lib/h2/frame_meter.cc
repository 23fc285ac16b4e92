#include "h2/frame_meter.h"

#include <algorithm>

namespace fairlead::h2 {

namespace {
struct Counting {
  FrameCounts counts = {};

  bool OnHead(const FrameHead& head) {
    Count(head, counts);
    return true;
  }
  static bool OnPayload(const FrameHead&, std::span<const std::byte>) { return true; }
  static bool OnEnd(const FrameHead&) { return true; }
};
}  // namespace

void Count(const FrameHead& head, FrameCounts& counts) {
  ++counts.all;
  if (head.type == frame::kReset) {
    ++counts.resets;
  } else if (head.type == frame::kData) {
    if (head.length == 0 && !head.Has(frame::kEndStream)) ++counts.control;
  } else if (head.type != frame::kHeaders && head.type != frame::kWindowUpdate &&
             head.type != frame::kGoAway) {
    ++counts.control;
  }
}

FrameCounts FrameMeter::Feed(std::span<const std::byte> data) {
  const std::size_t skipped = std::min<std::size_t>(preface_left_, data.size());
  preface_left_ -= static_cast<std::uint32_t>(skipped);
  Counting counting;
  walk_.Feed(data.subspan(skipped), counting);
  return counting.counts;
}

}  // namespace fairlead::h2
