// EventFeed: wakes the readers of WatchEvents whenever the daemon has recorded an event.
//
// Why a thread: the daemon calls `wake` on its own strand, which must neither wait for a reader nor
// be asked for events while it is recording one. Wakes that come close together become one.
// Threads: Add, Remove and Stop from any thread; readers are pumped on the feed's thread.
// Invariant: at most kReadersMax readers; none is pumped after Stop returned.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "base/result.h"
#include "controller/control.h"

namespace fairlead::admin {

class EventReader {
 public:
  virtual ~EventReader() = default;
  // There may be something new. Must not wait.
  virtual void Pump() = 0;
  // The daemon is ending: end the stream.
  virtual void Close() = 0;
};

class EventFeed {
 public:
  // People and dashboards of one host; each costs a stream and one batch of events.
  static constexpr std::size_t kReadersMax = 64;

  // `on_wake` runs on the feed's thread before the readers are pumped.
  EventFeed(controller::Control& control, std::function<void()> on_wake);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // kResourceExhausted when there are too many readers, kUnavailable after Stop.
  Result<> Add(std::shared_ptr<EventReader> reader);
  void Remove(const std::shared_ptr<EventReader>& reader);

  // Closes all readers and ends the thread. Idempotent.
  void Stop();

 private:
  void Run();
  void Wake();

  std::function<void()> on_wake_;
  std::mutex mutex_;  // protects the next three
  std::set<std::shared_ptr<EventReader>> readers_;
  bool is_woken_ = true;  // the first round tells readers and on_wake_ the present state
  bool is_stopping_ = false;
  std::condition_variable changed_;
  std::shared_ptr<void> subscription_;
  std::thread thread_;
};

}  // namespace fairlead::admin
