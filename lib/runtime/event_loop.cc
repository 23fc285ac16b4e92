#include "runtime/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

#include "base/check.h"
#include "base/prefetch.h"
#include "runtime/clock.h"

namespace fairlead::runtime {

namespace {
// Ready sockets handled before timers and posted work get their turn.
constexpr int kBatch = 128;
constexpr std::uint64_t kWakeTag = UINT64_MAX;  // no slot has it
constexpr std::size_t kFetchBytes = 512;        // a connection's own state
}  // namespace

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      now_(Now()) {
  CHECK(epoll_ >= 0 && wake_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // its count is never read: each write is a new edge
  event.data.u64 = kWakeTag;
  CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
}

EventLoop::~EventLoop() {
  // Destroying work may post more.
  for (std::vector<Work> left;; left.clear()) {
    const MutexLock lock(mutex_);
    if (posted_.empty()) break;
    left.swap(posted_);
  }
  close(wake_);
  close(epoll_);
}

void EventLoop::Run() {
  while (!is_stopped()) {
    WaitForSockets(MaySleep() ? TimeoutMs() : 0);
    RunPosted();
    RunTimers();
  }
}

void EventLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    is_stopped_ = true;
  }
  Wake();
}

bool EventLoop::is_stopped() const {
  const MutexLock lock(mutex_);
  return is_stopped_;
}

void EventLoop::Post(Work work) {
  bool must_wake = false;
  {
    const MutexLock lock(mutex_);
    posted_.push_back(std::move(work));
    must_wake = std::exchange(is_asleep_, false);
  }
  if (must_wake) Wake();
}

void EventLoop::Wake() {
  const std::uint64_t one = 1;
  // Fails only when the count is full, and then the loop has been woken often enough.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

bool EventLoop::MaySleep() {
  const MutexLock lock(mutex_);
  is_asleep_ = posted_.empty() && !is_stopped_;
  return is_asleep_;
}

int EventLoop::TimeoutMs() const {
  if (timers_.empty()) return -1;
  TimePoint latest = TimePoint::max();
  for (const auto& [when, timer] : timers_) latest = std::min(latest, timer->latest_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(latest - Now()).count();
  // A timer a day away: the loop wakes once on the way.
  constexpr std::int64_t kMost = 24 * 3600 * 1000;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kMost));
}

void EventLoop::WaitForSockets(int timeout_ms) {
  std::array<epoll_event, kBatch> ready;
  const int count = epoll_wait(epoll_, ready.data(), kBatch, timeout_ms);
  CHECK(count >= 0 || errno == EINTR);
  {
    // From here on nobody need wake it, itself least of all.
    const MutexLock lock(mutex_);
    is_asleep_ = false;
  }
  now_ = Now();
  const std::size_t many = count < 0 ? 0 : static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < many; ++i) {
    FetchInSteps(i, many, 1 + Watcher::kFetchSteps,
                 [&](std::size_t later, std::size_t step) { FetchWatcher(ready[later], step); });
    const epoll_event& event = ready[i];
    if (event.data.u64 == kWakeTag) continue;
    const Slot slot = slots_[event.data.u64 & 0xFFFFFFFFU];
    if (slot.watcher == nullptr || slot.generation != event.data.u64 >> 32) continue;
    slot.watcher->OnReady(event.events);
  }
}

void EventLoop::FetchWatcher(const epoll_event& event, std::size_t step) const {
  if (event.data.u64 == kWakeTag) return;
  const Slot slot = slots_[event.data.u64 & 0xFFFFFFFFU];
  if (slot.watcher == nullptr || slot.generation != event.data.u64 >> 32) return;
  if (step == 0)
    Prefetch(slot.watcher, kFetchBytes);
  else
    slot.watcher->FetchAhead(step - 1);
}

void EventLoop::RunTimers() {
  if (timers_.empty()) return;
  const TimePoint now = Now();
  // No more than there are now: who sets itself anew for a time that has passed waits for a turn.
  for (std::size_t most = timers_.size(); most > 0 && !timers_.empty(); --most) {
    const auto first = timers_.begin();
    if (first->first > now) return;
    LoopTimer& timer = *first->second;
    timers_.erase(first);
    timer.when_.reset();
    const std::function<void()> expired = timer.expired_;  // the timer may go meanwhile
    expired();
  }
}

void EventLoop::RunPosted() {
  std::vector<Work> work;
  {
    const MutexLock lock(mutex_);
    if (posted_.empty()) return;
    work.swap(posted_);
  }
  for (Work& one : work) {
    if (is_stopped()) return;
    one();
  }
}

std::uint64_t EventLoop::Tag(std::uint32_t slot) const {
  return (std::uint64_t{slots_[slot].generation} << 32) | slot;
}

Result<EventLoop::Watch> EventLoop::Add(int fd, std::uint32_t events, Watcher& watcher) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  epoll_event event{};
  event.events = events;
  event.data.u64 = Tag(slot);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    const Code code =
        errno == ENOSPC || errno == ENOMEM ? Code::kResourceExhausted : Code::kInternal;
    return Fail(code, "watch a socket: " + std::generic_category().message(errno));
  }
  free_.pop_back();
  slots_[slot].watcher = &watcher;
  return Watch{.fd = fd, .slot = slot};
}

void EventLoop::Change(const Watch& watch, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = Tag(watch.slot);
  epoll_ctl(epoll_, EPOLL_CTL_MOD, watch.fd, &event);
}

void EventLoop::Remove(Watch& watch) {
  if (watch.fd < 0) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, watch.fd, nullptr);
  slots_[watch.slot].watcher = nullptr;
  ++slots_[watch.slot].generation;
  free_.push_back(watch.slot);
  watch = Watch{};
}

void LoopTimer::Set(TimePoint when, Duration patience) {
  Cancel();
  when_ = when;
  latest_ = when + patience;
  loop_.timers_.emplace(when, this);
}

void LoopTimer::Cancel() {
  if (!when_) return;
  loop_.timers_.erase({*when_, this});
  when_.reset();
}

}  // namespace fairlead::runtime
