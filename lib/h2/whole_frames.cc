#include "h2/whole_frames.h"

namespace fairlead::h2 {

bool Unwrap(const FrameHead& head, std::span<const std::byte>& payload) {
  std::size_t padding = 0;
  if (head.Has(frame::kPadded)) {
    if (payload.empty()) return false;
    padding = std::to_integer<std::size_t>(payload.front());
    payload = payload.subspan(1);
  }
  const bool has_priority = head.type == frame::kHeaders && head.Has(frame::kHasPriority);
  const std::size_t skip = has_priority ? 5 : 0;
  if (payload.size() < skip + padding) return false;
  payload = payload.subspan(skip, payload.size() - skip - padding);
  return true;
}

}  // namespace fairlead::h2
