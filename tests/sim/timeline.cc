#include "sim/timeline.h"

#include <algorithm>
#include <utility>

namespace fairlead::sim {

void Timeline::At(TimePoint when, What what) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(std::move(what));
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(what);
  }
  heap_.push_back({.when = std::max(when, now_), .order = ++planned_, .slot = slot});
  std::push_heap(heap_.begin(), heap_.end());
}

void Timeline::RunUntil(TimePoint end) {
  while (!heap_.empty() && heap_.front().when <= end) {
    std::pop_heap(heap_.begin(), heap_.end());
    const Entry entry = heap_.back();
    heap_.pop_back();
    now_ = entry.when;
    const What what = std::exchange(slots_[entry.slot], nullptr);
    free_.push_back(entry.slot);
    ++happened_;
    what();
  }
  now_ = std::max(now_, end);
}

}  // namespace fairlead::sim
