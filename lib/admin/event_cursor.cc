#include "admin/event_cursor.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace fairlead::admin {

EventCursor::EventCursor(const controller::Control& control, std::uint64_t after_id,
                         runtime::WallTime since)
    : control_(control), since_(since), after_(after_id) {
  if (after_ > 0 && control_.EventsAfter(after_ - 1, 1).empty()) after_ = 0;
  // Who begins at the oldest has missed nothing that was promised.
  counts_gaps_ = after_ > 0;
  if (since_ > runtime::WallTime()) after_ = std::max(after_, control_.EventsSince(since_));
}

bool EventCursor::Refill() {
  if (batch_.empty()) {
    std::vector<controller::RecordedEvent> events = control_.EventsAfter(after_, kEventBatch);
    batch_.assign(std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  }
  return !batch_.empty();
}

std::optional<pb::WatchEventsResponse> EventCursor::Next() {
  while (Refill()) {
    pb::WatchEventsResponse response;
    const std::uint64_t id = batch_.front().id;
    // Ids that were skipped between two lives of the daemon are no events.
    const std::uint64_t before = batch_.front().follows;
    if (counts_gaps_ && before > after_) {
      response.mutable_gap()->set_missed_count(before - after_);
      after_ = before;
      return response;
    }
    counts_gaps_ = true;
    const controller::RecordedEvent event = std::move(batch_.front());
    batch_.pop_front();
    after_ = id;
    if (event.at < since_) continue;
    *response.mutable_event() = RenderEvent(event);
    return response;
  }
  return std::nullopt;
}

}  // namespace fairlead::admin
