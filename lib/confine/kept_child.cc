#include "confine/kept_child.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include "runtime/clock.h"
#include "runtime/file_descriptor.h"

namespace fairlead::confine {
namespace {

using runtime::FileDescriptor;

constexpr int kEndPatienceMs = 1000;

std::unexpected<Error> CannotStart(const std::string& name) {
  return Fail(Code::kResourceExhausted,
              fmt::format("start process {}: {}", name, std::generic_category().message(errno)));
}

// False: the keeper has ended before we could ask to end with it.
bool EndWith(pid_t keeper) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return getppid() == keeper;
}

void CloseAllBut(int kept) {
  const auto first = static_cast<unsigned>(STDERR_FILENO + 1);
  const auto number = static_cast<unsigned>(kept);
  if (number > first) syscall(SYS_close_range, first, number - 1, 0U);
  syscall(SYS_close_range, number + 1, ~0U, 0U);
}

std::string HowItDied(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("status {}", WEXITSTATUS(status));
}

[[noreturn]] void Work(const ChildWork& work, int pair, pid_t keeper) {
  if (!EndWith(keeper)) _exit(1);
  prctl(PR_SET_NAME, work.name.c_str(), 0, 0, 0);
  _exit(work.work(pair));
}

FileDescriptor OpenProcess(pid_t process) {
  return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
}

// Waits for at most `patience_ms` (-1: for ever), or until nobody holds the other end of `pair` any
// more: false, then.
bool WaitWhileHeld(int pair, const FileDescriptor& child, int patience_ms) {
  // Nothing is asked for of the pair: that its other end has gone is told all the same.
  std::array<pollfd, 2> waited{pollfd{.fd = pair, .events = 0, .revents = 0},
                               pollfd{.fd = child.get(), .events = POLLIN, .revents = 0}};
  while (poll(waited.data(), waited.size(), patience_ms) < 0 && errno == EINTR) {
  }
  return (waited[0].revents & POLLHUP) == 0;
}

// The status with which `child` ends; nothing when nobody has been there for it any more.
std::optional<int> StatusOf(pid_t child, int pair) {
  // Without a pidfd, which an old kernel does not have, both are looked at now and then.
  const FileDescriptor process = OpenProcess(child);
  const int patience_ms = process.valid() ? -1 : kEndPatienceMs;
  int status = 0;
  while (WaitWhileHeld(pair, process, patience_ms))
    if (waitpid(child, &status, WNOHANG) == child) return status;
  // It has seen the same, and ends what it is at.
  pollfd ends{.fd = process.get(), .events = POLLIN, .revents = 0};
  poll(&ends, 1, kEndPatienceMs);
  return std::nullopt;
}

[[noreturn]] void Keep(const ChildWork& work, int pair) {
  prctl(PR_SET_NAME, "fl-keeper", 0, 0, 0);
  CloseAllBut(pair);
  Duration pause = kFirstPause;
  while (true) {
    const TimePoint began = runtime::Now();
    const pid_t self = getpid();
    const pid_t child = fork();
    if (child == 0) Work(work, pair, self);
    std::string how = "no process is left";
    if (child > 0) {
      const std::optional<int> status = StatusOf(child, pair);
      if (!status || (WIFEXITED(*status) && WEXITSTATUS(*status) == 0)) _exit(0);
      how = HowItDied(*status);
    }
    if (runtime::Now() - began > kLongLife) pause = kFirstPause;
    work.died(how, pause);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
    if (!WaitWhileHeld(pair, FileDescriptor(), static_cast<int>(ms))) _exit(0);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

Result<KeptChild> KeptChild::Start(ChildWork work) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return CannotStart(work.name);
  const pid_t keeper = fork();
  if (keeper == 0) Keep(work, ends[1]);
  close(ends[1]);
  if (keeper > 0) return KeptChild(std::move(work.name), ends[0], keeper);
  const auto failed = CannotStart(work.name);
  close(ends[0]);
  return failed;
}

KeptChild::KeptChild(KeptChild&& other) noexcept
    : name_(std::move(other.name_)),
      pair_(std::exchange(other.pair_, -1)),
      keeper_(std::exchange(other.keeper_, -1)) {}

bool KeptChild::IsKept() const {
  siginfo_t ended{};
  // Left for the destructor to reap.
  const int looked = waitid(P_PID, static_cast<id_t>(keeper_), &ended, WEXITED | WNOHANG | WNOWAIT);
  return looked == 0 && ended.si_pid == 0;
}

KeptChild::~KeptChild() {
  if (keeper_ < 0) return;
  close(pair_);
  const FileDescriptor process = OpenProcess(keeper_);
  pollfd ends{.fd = process.get(), .events = POLLIN, .revents = 0};
  // Without a pidfd there is no waiting, and the keeper takes its child along. It may be another
  // user's by now, and then ends by itself a little later.
  if (!process.valid() || poll(&ends, 1, 2 * kEndPatienceMs) != 1) {
    if (kill(keeper_, SIGKILL) != 0) return;
  }
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace fairlead::confine
