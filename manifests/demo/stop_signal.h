// StopSignal: SIGTERM and SIGINT as something one thread waits for.
//
// Why: both programs run as process 1 of a container FROM scratch, where an unhandled SIGTERM is
// ignored by the kernel.
// Threads: construct before any other thread starts, so that all inherit the mask; Wait on one
// thread.
#pragma once

#include <csignal>
#include <ctime>

namespace fairlead::demo {

class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGUSR1);
    sigaddset(&signals_, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Waits up to `seconds`. Returns the signal, or 0 when none came in time.
  int WaitFor(int seconds) const {
    const timespec limit{.tv_sec = seconds, .tv_nsec = 0};
    const int signal = sigtimedwait(&signals_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t signals_;
};

}  // namespace fairlead::demo
