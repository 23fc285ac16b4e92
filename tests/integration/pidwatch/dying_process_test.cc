// What /proc says of a process that dies, to one who may not trace it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/peer_process.h"
#include "support/cgroups.h"

namespace fairlead::pidwatch {
namespace {

constexpr uid_t kNobody = 65'534;

// 'd' dying, 'a' alive, '?' not seen: by a process of another user, which has no right over it.
char SeenByNobody(pid_t process) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(kNobody, kNobody, kNobody) != 0) _exit('?');
    const Result<runtime::ProcessLife> life = runtime::ReadLife(process);
    _exit(!life ? '?' : life->is_dying ? 'd' : 'a');
  }
  int status = 0;
  return waitpid(child, &status, 0) == child ? static_cast<char>(WEXITSTATUS(status)) : '?';
}

// A zombie, while there are others.
bool HasLostItsFirstThread(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(stat, line);
  return line.find(") Z ") != std::string::npos;
}

// A process of two threads, of which the first ends when it is told to.
class TwoThreads {
 public:
  TwoThreads() {
    EXPECT_EQ(pipe(tell_.data()), 0);
    EXPECT_EQ(pipe(said_.data()), 0);
    process_ = fork();
    if (process_ == 0) Live();
    EXPECT_EQ(read(said_[0], &second_, sizeof second_), static_cast<ssize_t>(sizeof second_));
  }
  ~TwoThreads() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    for (const int end : {tell_[0], tell_[1], said_[0], said_[1]}) close(end);
  }

  pid_t process() const { return process_; }
  pid_t second() const { return second_; }
  void EndTheFirst() const { ASSERT_EQ(write(tell_[1], "x", 1), 1); }

 private:
  [[noreturn]] void Live() const {
    char word = 0;
    std::thread second([this] {
      const auto number = static_cast<pid_t>(syscall(SYS_gettid));
      if (write(said_[1], &number, sizeof number) < 0) _exit(1);
      for (;;) pause();
    });
    if (read(tell_[0], &word, 1) != 1) _exit(1);
    syscall(SYS_exit, 0);
    _exit(1);
  }

  std::array<int, 2> tell_{};
  std::array<int, 2> said_{};
  pid_t process_ = -1;
  pid_t second_ = -1;
};

TEST(ReadLife, OneWhoseFirstThreadHasLeftTheOthersIsAlive) {
  if (getuid() != 0) GTEST_SKIP() << "it takes root to be somebody else";
  const TwoThreads threads;
  EXPECT_EQ(SeenByNobody(threads.process()), 'a');
  threads.EndTheFirst();
  while (!HasLostItsFirstThread(threads.process())) std::this_thread::yield();
  EXPECT_EQ(SeenByNobody(threads.process()), 'a');
}

// A frozen thread cannot end, so the process dies for as long as the test likes.
TEST(ReadLife, OneThatWasKilledIsDyingThoughOnlyItsFirstThreadHasEnded) {
  if (getuid() != 0) GTEST_SKIP() << "it takes root to be somebody else";
  const fairlead::testing::Freezer freezer;
  if (!freezer.is_there()) GTEST_SKIP() << "no cgroup v1 freezer: there a frozen thread ends";
  const TwoThreads threads;
  freezer.AddThread(threads.second());
  freezer.Freeze();
  kill(threads.process(), SIGKILL);
  while (!HasLostItsFirstThread(threads.process())) std::this_thread::yield();
  EXPECT_EQ(SeenByNobody(threads.process()), 'd');
  EXPECT_EQ(waitpid(threads.process(), nullptr, WNOHANG), 0) << "it has ended";
  freezer.Thaw();
}

}  // namespace
}  // namespace fairlead::pidwatch
