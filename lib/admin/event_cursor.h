// EventCursor: where one reader is in the daemon's events. No I/O.
//
// Why pull: a slow reader holds a place, not a queue; what the daemon has thrown away meanwhile is
// told as a gap. So memory per reader is one batch, whatever happens.
// Threads: none; one owner at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "admin/render.h"
#include "controller/control.h"

namespace fairlead::admin {

// Events copied at once; a batch of sentences is a few KiB.
inline constexpr std::size_t kEventBatch = 64;

class EventCursor {
 public:
  // Begins after `after_id` (0 = at the oldest that is kept), and not before `since`. An id that
  // was not given yet is another daemon's; then it begins at the oldest.
  EventCursor(const controller::Control& control, std::uint64_t after_id, runtime::WallTime since);

  // The next event or gap; nothing when there is none yet.
  std::optional<pb::WatchEventsResponse> Next();

 private:
  bool Refill();

  const controller::Control& control_;
  const runtime::WallTime since_;
  std::uint64_t after_;
  bool counts_gaps_;
  std::deque<controller::RecordedEvent> batch_;
};

}  // namespace fairlead::admin
