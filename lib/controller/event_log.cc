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
  RecordedEvent event{.id = 0, .follows = 0, .at = at, .note = std::move(note)};
  {
    runtime::MutexLock lock(mutex_);
    event.id = ++last_id_;
    event.follows = std::exchange(follows_, event.id);
    events_.push_back(event);
    if (events_.size() > capacity_) events_.pop_front();
  }
  WakeFollowers();
  return event;
}

void EventLog::WakeFollowers() {
  std::vector<std::shared_ptr<std::function<void()>>> wakes;
  {
    runtime::MutexLock lock(followers_->mutex);
    for (const auto& [id, wake] : followers_->wakes) wakes.push_back(wake);
  }
  for (const auto& wake : wakes) (*wake)();
}

void EventLog::GoOn(std::uint64_t first_id, std::uint64_t follows) {
  runtime::MutexLock lock(mutex_);
  last_id_ = first_id - 1;
  follows_ = follows;
}

bool EventLog::Covers(std::uint64_t after) const {
  runtime::MutexLock lock(mutex_);
  return after >= (events_.empty() ? follows_ : events_.front().follows);
}

std::uint64_t EventLog::first_id() const {
  runtime::MutexLock lock(mutex_);
  return events_.empty() ? last_id_ + 1 : events_.front().id;
}

std::uint64_t EventLog::last_id() const {
  runtime::MutexLock lock(mutex_);
  return last_id_;
}

std::optional<std::uint64_t> EventLog::FirstSince(runtime::WallTime since) const {
  runtime::MutexLock lock(mutex_);
  const auto first = std::find_if(events_.begin(), events_.end(),
                                  [&](const RecordedEvent& event) { return event.at >= since; });
  if (first == events_.end()) return std::nullopt;
  return first->id;
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
