// RolloutLock: one rollout of a service at a time on this host.
//
// Why a name of the kernel's (an abstract unix socket) and not a file: it goes with the last
// process that holds it, also after kill -9, needs no directory and leaves nothing behind. The
// commands of Compose that a rollout starts inherit it, so that one that outlives its rollout is
// waited for. Threads: one.
#pragma once

#include <string>

#include "base/result.h"

namespace fairlead::cli {

class RolloutLock {
 public:
  // Of one Compose service. kAlreadyExists while another process has it.
  static Result<RolloutLock> Take(const std::string& project, const std::string& service);
  ~RolloutLock();
  RolloutLock(RolloutLock&& other) noexcept;
  RolloutLock& operator=(RolloutLock&&) = delete;
  RolloutLock(const RolloutLock&) = delete;
  RolloutLock& operator=(const RolloutLock&) = delete;

 private:
  explicit RolloutLock(int socket) : socket_(socket) {}
  int socket_;
};

}  // namespace fairlead::cli
