// LoopThread: one EventLoop on one named thread. Everything made on it stays there.
//
// Why: threads share nothing; whoever wants something of another thread posts a value to it.
// Threads: the constructor starts the thread; Stop() or the destructor ends it from outside.
#pragma once

#include <string>
#include <thread>
#include <utility>

#include "runtime/event_loop.h"
#include "runtime/run_and_wait.h"

namespace fairlead::runtime {

class LoopThread {
 public:
  // `name` shows in ps and top; the kernel keeps 15 characters.
  explicit LoopThread(const std::string& name);
  ~LoopThread();
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  EventLoop& loop() { return loop_; }

  // Runs `work` on the loop, soon. Any thread. Work posted after Stop() is destroyed unrun.
  void Post(EventLoop::Work work) { loop_.Post(std::move(work)); }

  // Runs `work` on the loop and waits for it. REQUIRES: not called on the loop's own thread, nor
  // after Stop(), when nothing would ever run it.
  template <class Work>
  void RunAndWait(Work&& work) {
    RunAndWaitOn(*this, work);
  }

  // Ends the loop after what runs now, and joins. Idempotent. Not from the loop itself.
  void Stop();

 private:
  EventLoop loop_;
  std::thread thread_;
};

}  // namespace fairlead::runtime
