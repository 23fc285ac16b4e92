// EventLog: the newest recorded events, for whoever asks or follows.
//
// Threads: any. Bounded: the oldest event goes when a new one would exceed the capacity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "controller/control.h"
#include "runtime/mutex.h"

namespace fairlead::controller {

// In memory, for those who follow; the journal has the rest. An hour of a stormy host, at about 500
// bytes each.
inline constexpr std::size_t kEventsKept = 10'000;

class EventLog {
 public:
  explicit EventLog(std::size_t capacity = kEventsKept);

  // The first event gets `first_id`, and comes after `follows` of an earlier life. Before the first
  // Append.
  void GoOn(std::uint64_t first_id, std::uint64_t follows);

  // Gives the event its id and keeps it; then wakes the followers. Returns the recorded event.
  RecordedEvent Append(fleet::Note note, runtime::WallTime at);

  // As after an Append, when there is something else that followers look at.
  void WakeFollowers();

  // Events with id > `after`, oldest first, at most `count_max`.
  std::vector<RecordedEvent> After(std::uint64_t after, std::size_t count_max) const;

  // True when nothing lies between `after` and the oldest event here.
  bool Covers(std::uint64_t after) const;
  // Of the oldest event here, or of the next when there is none.
  std::uint64_t first_id() const;
  std::uint64_t last_id() const;  // given; of an earlier life before the first Append
  std::optional<std::uint64_t> FirstSince(runtime::WallTime since) const;

  // Calls `wake` after each Append until the handle is destroyed. `wake` must return quickly, and
  // survive one late call that was already under way when the handle went.
  std::shared_ptr<void> OnAppend(std::function<void()> wake);

 private:
  struct Followers;
  const std::size_t capacity_;
  const std::shared_ptr<Followers> followers_;
  mutable runtime::Mutex mutex_;
  std::deque<RecordedEvent> events_ FAIRLEAD_GUARDED_BY(mutex_);
  std::uint64_t last_id_ FAIRLEAD_GUARDED_BY(mutex_) = 0;
  std::uint64_t follows_ FAIRLEAD_GUARDED_BY(mutex_) = 0;  // what the next event comes after
};

}  // namespace fairlead::controller
