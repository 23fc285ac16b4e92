#include "admin/event_cursor.h"

#include <utility>
#include <vector>

namespace fairlead::admin {

EventCursor::EventCursor(const controller::Control& control, std::uint64_t after_id,
                         runtime::WallTime since)
    : control_(control), since_(since), after_(after_id) {
  if (after_ > 0 && control_.EventsAfter(after_ - 1, 1).empty()) after_ = 0;
  // Who begins at the oldest has missed nothing that was promised.
  counts_gaps_ = after_ > 0;
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
    if (counts_gaps_ && id > after_ + 1) {
      response.mutable_gap()->set_missed_count(id - after_ - 1);
      after_ = id - 1;
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
