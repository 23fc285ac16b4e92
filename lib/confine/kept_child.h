// KeptChild: a process that does one thing for this one over a pair of sockets, and a keeper
// between the two that starts it again when it dies.
//
// Why a keeper: by the time the child dies, this process has threads and has given up what a child
// needs. The keeper was forked before both, holds the child's end of the pair, and does nothing
// else: so what was sent waits for the next child, and only what the dead one was at is lost.
// A keeper that is killed takes its child along, and nobody here could start another: IsKept() says
// so, and SIGCHLD says when to ask; what is left to do is to end, and be started anew.
// How both end with this process: the keeper waits for the end of the pair, which the kernel closes
// with us however we end, gives its child a second, and takes it along. A signal at our death would
// not reach it once we are another user (user.h).
// Threads: any; nothing else may run in this process before Start().
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::confine {

// From 100 ms, doubling: a child that dies at once is not started a thousand times a second.
inline constexpr Duration kFirstPause = std::chrono::milliseconds(100);
inline constexpr Duration kLongestPause = std::chrono::seconds(5);
// A child that has lived as long dies of something new.
inline constexpr Duration kLongLife = std::chrono::seconds(10);

struct ChildWork {
  std::string name;  // in ps: 15 characters
  // Runs in the child, with every descriptor closed but 0, 1, 2 and its end of the pair. 0: the
  // work has ended well, as it does when nobody holds the other end; anything else: start another.
  std::function<int(int pair)> work;
  // In the keeper: a child has died of `how` ("signal 9", "status 1"), and after `pause` comes
  // another.
  std::function<void(const std::string& how, Duration pause)> died;
};

class KeptChild {
 public:
  // kResourceExhausted: no process or descriptor is left.
  static Result<KeptChild> Start(ChildWork work);
  KeptChild(KeptChild&& other) noexcept;
  KeptChild& operator=(KeptChild&&) = delete;
  // Closes the pair, and gives both a second to end by themselves; waits two at most.
  ~KeptChild();

  // Our end: SOCK_SEQPACKET, not blocking. Stays the KeptChild's.
  int pair() const { return pair_; }
  pid_t keeper() const { return keeper_; }
  const std::string& name() const { return name_; }
  // False: the keeper has ended, and with it the child for good. Any thread.
  bool IsKept() const;

 private:
  KeptChild(std::string name, int pair, pid_t keeper)
      : name_(std::move(name)), pair_(pair), keeper_(keeper) {}

  std::string name_;
  int pair_ = -1;
  pid_t keeper_ = -1;
};

}  // namespace fairlead::confine
