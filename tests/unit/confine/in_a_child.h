// InAChild: what a process that gives something up for good can still do. Ends: that one ends.
#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace fairlead::confine::testing {

// No user of any host.
inline constexpr uid_t kSomebody = 65530;

// The status with which a fork of this process ends that runs `work`; -1: by a signal.
inline int InAChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// Whether a process ends within ten seconds; one that is not there has.
inline bool Ends(pid_t process) {
  const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (descriptor < 0) return true;
  pollfd waited{.fd = descriptor, .events = POLLIN, .revents = 0};
  const bool has_ended = poll(&waited, 1, 10'000) == 1;
  close(descriptor);
  return has_ended;
}

}  // namespace fairlead::confine::testing
