#include "controller/event_log.h"

#include <algorithm>
#include <utility>

namespace fairlead::controller {

struct EventLog::Followers {
  runtime::Mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<std::function<void()>>> wakes FAIRLEAD_GUARDED_BY(mutex);
  std::uint64_t next FAIRLEAD_GUARDED_BY(mutex) = 0;
};

EventLog::EventLog(std::size_t capacity)
    : capacity_(capacity), followers_(std::make_shared<Followers>()) {}

RecordedEvent EventLog::Append(fleet::Note note, runtime::WallTime at) {
  RecordedEvent event{.id = 0, .at = at, .note = std::move(note)};
  {
    runtime::MutexLock lock(mutex_);
    event.id = ++last_id_;
    events_.push_back(event);
    if (events_.size() > capacity_) events_.pop_front();
  }
  std::vector<std::shared_ptr<std::function<void()>>> wakes;
  {
    runtime::MutexLock lock(followers_->mutex);
    for (const auto& [id, wake] : followers_->wakes) wakes.push_back(wake);
  }
  for (const auto& wake : wakes) (*wake)();
  return event;
}

std::vector<RecordedEvent> EventLog::After(std::uint64_t after, std::size_t count_max) const {
  runtime::MutexLock lock(mutex_);
  const auto first =
      std::upper_bound(events_.begin(), events_.end(), after,
                       [](std::uint64_t id, const RecordedEvent& event) { return id < event.id; });
  const auto count =
      std::min<std::size_t>(count_max, static_cast<std::size_t>(events_.end() - first));
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

std::shared_ptr<void> EventLog::OnAppend(std::function<void()> wake) {
  std::uint64_t id = 0;
  {
    runtime::MutexLock lock(followers_->mutex);
    id = followers_->next++;
    followers_->wakes[id] = std::make_shared<std::function<void()>>(std::move(wake));
  }
  return {nullptr, [followers = followers_, id](void*) {
            runtime::MutexLock lock(followers->mutex);
            followers->wakes.erase(id);
          }};
}

}  // namespace fairlead::controller
