// IoThread: one event loop on one named thread. Everything created on its executor stays there.
//
// Why: threads share nothing; whoever wants something of another thread posts a value to it.
// Threads: the constructor starts the thread; Stop() or the destructor ends it from outside.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <utility>

#include "runtime/run_and_wait.h"

namespace fairlead::runtime {

namespace asio = boost::asio;

class IoThread {
 public:
  // `name` shows in ps and top; the kernel keeps 15 characters.
  explicit IoThread(const std::string& name);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  asio::io_context& context() { return context_; }

  // Runs `work` on the loop, soon. Any thread. Work posted after Stop() is destroyed unrun.
  template <class Work>
  void Post(Work&& work) {
    asio::post(context_, std::forward<Work>(work));
  }

  // Runs `work` on the loop and waits for it. REQUIRES: not called on the loop's own thread, nor
  // after Stop(), when nothing would ever run it.
  template <class Work>
  void RunAndWait(Work&& work) {
    RunAndWaitOn(*this, work);
  }

  // Ends the loop after the handler that runs now, and joins. Idempotent. Not from the loop itself.
  void Stop();

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace fairlead::runtime
