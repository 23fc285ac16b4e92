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
#include <system_error>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::confine {
namespace {

constexpr int kEndPatienceMs = 1000;

std::unexpected<Error> CannotStart(const std::string& name) {
  return Fail(Code::kResourceExhausted,
              fmt::format("start process {}: {}", name, std::generic_category().message(errno)));
}

// False: the parent has ended before we could ask to end with it.
bool EndWith(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return getppid() == parent;
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

[[noreturn]] void Keep(const ChildWork& work, int pair, pid_t parent) {
  if (!EndWith(parent)) _exit(1);
  prctl(PR_SET_NAME, "fl-keeper", 0, 0, 0);
  CloseAllBut(pair);
  Duration pause = kFirstPause;
  while (true) {
    const TimePoint began = runtime::Now();
    const pid_t self = getpid();
    const pid_t child = fork();
    if (child == 0) Work(work, pair, self);
    int status = 1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) _exit(0);
    if (runtime::Now() - began > kLongLife) pause = kFirstPause;
    work.died(child > 0 ? HowItDied(status) : std::string("no process is left"), pause);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
    poll(nullptr, 0, static_cast<int>(ms));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

Result<KeptChild> KeptChild::Start(ChildWork work) {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return CannotStart(work.name);
  const pid_t self = getpid();
  const pid_t keeper = fork();
  if (keeper == 0) Keep(work, ends[1], self);
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
  const auto ended = static_cast<int>(syscall(SYS_pidfd_open, keeper_, 0));
  pollfd waited{.fd = ended, .events = POLLIN, .revents = 0};
  // Without a pidfd there is no waiting, and the keeper takes its child along.
  if (ended < 0 || poll(&waited, 1, kEndPatienceMs) != 1) kill(keeper_, SIGKILL);
  if (ended >= 0) close(ended);
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace fairlead::confine
