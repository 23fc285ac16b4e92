// Runs what a test must not keep: raised limits and priorities, a session of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace fairlead::runtime {

// Runs `body` in a child process and returns its int as the child's exit code; -1: it was killed.
template <class Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace fairlead::runtime
