// A process beside a benchmark: what must not count in the benchmark's own figures.
#pragma once

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "bench/sockets.h"

namespace fairlead::bench {

// A child that runs `work` and dies with us; goes on here once it has called what `work` is given.
template <class Work>
pid_t SpawnReady(Work work) {
  int ready[2];
  if (pipe(ready) != 0) Die("pipe");
  const pid_t child = fork();
  if (child < 0) Die("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work([&] {
      if (write(ready[1], "r", 1) != 1) Die("tell that it is ready");
    });
    std::_Exit(0);
  }
  close(ready[1]);
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) Die("wait for a child to be ready");
  close(ready[0]);
  return child;
}

}  // namespace fairlead::bench
