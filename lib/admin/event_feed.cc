#include "admin/event_feed.h"

#include <pthread.h>

#include <utility>

#include "base/error_reasons.h"

namespace fairlead::admin {

EventFeed::EventFeed(controller::Control& control, std::function<void()> on_wake)
    : on_wake_(std::move(on_wake)),
      subscription_(control.OnEvent([this] { Wake(); })),
      thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "admin-events");
}

EventFeed::~EventFeed() {
  Stop();
}

Result<> EventFeed::Add(std::shared_ptr<EventReader> reader) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) {
    return Fail(Code::kUnavailable, "watch events: the daemon is stopping",
                {.reason = reasons::kDaemonStopping});
  }
  if (readers_.size() >= kReadersMax) {
    return Fail(Code::kResourceExhausted, "watch events: 64 readers are watching already",
                {.reason = reasons::kTooManyReaders});
  }
  readers_.insert(std::move(reader));
  return {};
}

void EventFeed::Remove(const std::shared_ptr<EventReader>& reader) {
  const std::lock_guard lock(mutex_);
  readers_.erase(reader);
}

void EventFeed::Stop() {
  subscription_.reset();
  std::set<std::shared_ptr<EventReader>> readers;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    readers = readers_;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const auto& reader : readers) reader->Close();
}

void EventFeed::Wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  changed_.notify_one();
}

void EventFeed::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_woken_ || is_stopping_; });
    if (is_stopping_) return;
    is_woken_ = false;
    const std::set<std::shared_ptr<EventReader>> readers = readers_;
    lock.unlock();
    on_wake_();
    for (const auto& reader : readers) reader->Pump();
    lock.lock();
  }
}

}  // namespace fairlead::admin
