// ProcessEnds: when the kernel says that processes have ended, by pidfds of our own.
//
// Why: a killed process still has to run to its end; on a busy host that takes longer than telling
// thousands of streams, and nobody can tell a death before it.
// Threads: its own waits; the methods are for one other thread. Every failure ends the program.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "bench/sockets.h"

namespace fairlead::bench {

using Moment = std::chrono::steady_clock::time_point;

class ProcessEnds {
 public:
  // Watches from here on.
  explicit ProcessEnds(const std::vector<pid_t>& pids) : ends_(pids.size()) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> pidfds;
    for (const pid_t pid : pids) {
      pidfds.push_back(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
      if (pidfds.back() < 0) Die("open a pidfd");
      Watch(epoll, pidfds.back(), static_cast<std::uint32_t>(pidfds.size() - 1));
    }
    waiter_ = std::thread([this, epoll, pidfds] { Wait(epoll, pidfds); });
  }
  ~ProcessEnds() {
    if (waiter_.joinable()) waiter_.join();
  }
  ProcessEnds(const ProcessEnds&) = delete;
  ProcessEnds& operator=(const ProcessEnds&) = delete;

  // Waits for all of them; by place in `pids`.
  const std::vector<Moment>& All() {
    waiter_.join();
    return ends_;
  }

 private:
  void Wait(int epoll, const std::vector<int>& pidfds) {
    for (std::size_t left = pidfds.size(); left > 0;) {
      epoll_event event{};
      if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
      ends_[event.data.u32] = std::chrono::steady_clock::now();
      close(pidfds[event.data.u32]);  // and is watched no more
      --left;
    }
    close(epoll);
  }

  std::vector<Moment> ends_;
  std::thread waiter_;
};

}  // namespace fairlead::bench
