// Pacing: when a file is looked after next.
//
// Why: a reload costs NGINX a set of workers, whose predecessors live on until their last call has
// ended. So changes that come together are one reload, and reloads keep a distance; the first
// change after a quiet time is written at once, or nearly so.
// Threads: none; a value.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/backoff.h"
#include "base/time.h"

namespace fairlead::filesink {

struct PacingLimits {
  // Changes of one event come within a millisecond or two; those of a `compose up` within seconds.
  Duration quiet = std::chrono::milliseconds(50);
  // From one reload to the next.
  Duration distance = std::chrono::seconds(1);
  // Without a change: the template, the file and its reader are looked at this often.
  Duration look = std::chrono::seconds(5);
  // After a failure, unless something changes.
  DoublingBackoff retry{.first = std::chrono::seconds(1), .most = std::chrono::seconds(10)};
};

class Pacing {
 public:
  explicit Pacing(PacingLimits limits) : limits_(limits) {}

  // Something is to be written. The first of several counts: a steady rain must not put it off.
  void OnChange(TimePoint now) {
    if (!changed_at_) changed_at_ = now;
  }
  // What has changed until now is about to be written.
  void OnBegin() { changed_at_.reset(); }
  void OnEnd(TimePoint now, bool is_good, bool has_reloaded) {
    ended_at_ = now;
    if (has_reloaded) reloaded_at_ = now;
    failures_ = is_good ? 0 : failures_ + 1;
  }

  TimePoint Due() const {
    TimePoint due = ended_at_ + (failures_ == 0 ? limits_.look : limits_.retry.Wait(failures_ - 1));
    if (changed_at_) due = std::min(due, *changed_at_ + limits_.quiet);
    return reloaded_at_ ? std::max(due, *reloaded_at_ + limits_.distance) : due;
  }

 private:
  const PacingLimits limits_;
  std::optional<TimePoint> changed_at_;
  std::optional<TimePoint> reloaded_at_;
  TimePoint ended_at_{};  // of the last look; its beginning when there was none
  int failures_ = 0;      // in a row
};

}  // namespace fairlead::filesink
