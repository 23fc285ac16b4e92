// A quiet place to measure in: a network namespace of our own, and as many files as allowed.
//
// Why: on a host with Docker every loopback packet goes through connection tracking, which adds up
// to a third to a send and fills its table.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <cstdio>

#include "bench/sockets.h"

namespace fairlead::bench {

// Moves this process, before it has threads, into a fresh network namespace with only `lo`. Where
// that is not permitted it says so and stays.
inline void EnterCleanNetwork() {
  if (unshare(CLONE_NEWNET) != 0) {
    std::printf("no network namespace of our own (%s): packets may pass the host's filters\n",
                std::strerror(errno));
    return;
  }
  ifreq loopback{};
  std::snprintf(loopback.ifr_name, sizeof loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) != 0) Die("bring lo up");
  close(fd);
}

inline void AllowManyFiles() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) Die("raise the limit of open files");
}

}  // namespace fairlead::bench
