// EventLoop: sockets, timers and posted work of one thread behind one epoll_wait.
//
// Why beside Asio: a discovery server or a prober has thousands of sockets that are mostly silent.
// Asio keeps its timer in a descriptor of its own and would see our sockets through a second epoll
// instance, so that each wake-up cost four system calls more; for a health check now and then that
// is as much as the check. Here the next timer is the timeout of the one wait, and a batch of ready
// sockets costs one call. What talks to the engine stays on Asio (IoThread), for Beast's sake.
// Edges: watchers may ask for EPOLLET. Level-triggered, the kernel polls every socket that was
// ready a second time only to find it drained.
// Order of a turn: what the sockets said, work that was posted before the turn reached it, timers
// that are due. None can starve the others: sockets come in batches of kBatch.
// Precision: a timer is never early, and late by at most a millisecond beyond the kernel's own and
// the patience it was set with. A loop has a handful of timers.
// Threads: Post() and Stop() from any; all else on the thread that calls Run(), or while it runs
// nowhere. Invariant: a watcher is never called after its Remove(), a timer never after its
// Cancel(), not even within the turn that runs.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/mutex.h"

namespace fairlead::runtime {

class LoopTimer;

class Watcher {
 public:
  virtual ~Watcher() = default;
  // `events` are epoll's: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP.
  virtual void OnReady(std::uint32_t events) = 0;
  // Asks for memory that OnReady() will need (base/prefetch.h): called shortly before it for each
  // step from 0 to kFetchSteps - 1, with the watcher's first 512 bytes at hand. A hint.
  virtual void FetchAhead(std::size_t /*step*/) const {}
  static constexpr std::size_t kFetchSteps = 3;
};

class EventLoop {
 public:
  using Work = std::move_only_function<void()>;
  // A place in the loop; default-made ones are empty.
  struct Watch {
    int fd = -1;
    std::uint32_t slot = 0;
  };

  EventLoop();
  ~EventLoop();  // REQUIRES: not running. Work that has not run is destroyed unrun.
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Goes on until Stop(). A loop that was stopped stays so.
  void Run();
  // Ends Run() after the watcher, timer or work that runs now.
  void Stop();
  // When the turn that runs began to look at its sockets: close enough for budgets and idleness.
  TimePoint now() const { return now_; }
  // Runs `work` on the loop, soon, in the order of posting.
  void Post(Work work);

  // Watches `fd` for epoll `events`; with EPOLLET each readiness is told once. Fails with
  // kResourceExhausted (the kernel's watch limit) or kInternal (a descriptor that cannot be
  // watched).
  Result<Watch> Add(int fd, std::uint32_t events, Watcher& watcher);
  // Also tells again of what is ready at this moment.
  void Change(const Watch& watch, std::uint32_t events);
  // Forgets the descriptor, before it is closed. Empties `watch`; an empty one is left alone.
  void Remove(Watch& watch);

 private:
  friend class LoopTimer;
  struct Slot {
    Watcher* watcher = nullptr;
    // Tells an event of the running batch from one of the slot's next owner.
    std::uint32_t generation = 0;
  };

  std::uint64_t Tag(std::uint32_t slot) const;
  // Says, once, that the thread is about to sleep; false when there is work to do first.
  bool MaySleep();
  void Wake();
  void WaitForSockets(int timeout_ms);
  void FetchWatcher(const epoll_event& event, std::size_t step) const;
  void RunTimers();
  void RunPosted();
  int TimeoutMs() const;
  bool is_stopped() const;

  const int epoll_;
  const int wake_;  // an eventfd in epoll_
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::set<std::pair<TimePoint, LoopTimer*>> timers_;
  TimePoint now_;

  mutable Mutex mutex_;
  std::vector<Work> posted_ FAIRLEAD_GUARDED_BY(mutex_);
  bool is_asleep_ FAIRLEAD_GUARDED_BY(mutex_) = false;
  bool is_stopped_ FAIRLEAD_GUARDED_BY(mutex_) = false;
};

// One alarm of a loop, used again and again. On the loop's thread.
class LoopTimer {
 public:
  // `expired` may set the timer anew or destroy it.
  LoopTimer(EventLoop& loop, std::function<void()> expired)
      : loop_(loop), expired_(std::move(expired)) {}
  ~LoopTimer() { Cancel(); }
  LoopTimer(const LoopTimer&) = delete;
  LoopTimer& operator=(const LoopTimer&) = delete;

  // Replaces the time that was set before. With `patience` the loop does not wake for it until so
  // much later; a turn that comes in between, for whatever reason, takes it along.
  void Set(TimePoint when, Duration patience = {});
  void Cancel();

 private:
  friend class EventLoop;

  EventLoop& loop_;
  const std::function<void()> expired_;
  std::optional<TimePoint> when_;
  TimePoint latest_;
};

}  // namespace fairlead::runtime
