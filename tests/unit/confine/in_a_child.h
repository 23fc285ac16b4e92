// InAChild: what a process that gives something up for good can still do.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace fairlead::confine::testing {

// The status with which a fork of this process ends that runs `work`; -1: by a signal.
inline int InAChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace fairlead::confine::testing
