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

// Two threads, of which the first ends when it is told to. That the second is there, it says.
[[noreturn]] void Live(int told, int say) {
  char word = 0;
  std::thread second([say] {
    if (write(say, "2", 1) != 1) _exit(1);
    for (;;) pause();
  });
  if (read(told, &word, 1) != 1) _exit(1);
  syscall(SYS_exit, 0);
  _exit(1);
}

TEST(ReadLife, OneOfSeveralThreadsIsSeenToDieWithoutARightOverIt) {
  if (getuid() != 0) GTEST_SKIP() << "it takes root to be somebody else";
  fairlead::testing::Freezer freezer;
  if (!freezer.is_there()) GTEST_SKIP() << "no cgroup v1 freezer: there a frozen process ends";
  std::array<int, 2> told{};
  std::array<int, 2> says{};
  ASSERT_EQ(pipe(told.data()), 0);
  ASSERT_EQ(pipe(says.data()), 0);
  const pid_t process = fork();
  if (process == 0) Live(told[0], says[1]);
  char word = 0;
  ASSERT_EQ(read(says[0], &word, 1), 1);
  freezer.Add(process);
  EXPECT_EQ(SeenByNobody(process), 'a');
  ASSERT_EQ(write(told[1], "x", 1), 1);
  while (!HasLostItsFirstThread(process)) std::this_thread::yield();
  EXPECT_EQ(SeenByNobody(process), 'a') << "the other one runs";
  freezer.Freeze();
  kill(process, SIGKILL);
  EXPECT_EQ(SeenByNobody(process), 'd');
  EXPECT_EQ(waitpid(process, nullptr, WNOHANG), 0) << "it has not ended";
  freezer.Thaw();
  waitpid(process, nullptr, 0);
  for (const int end : {told[0], told[1], says[0], says[1]}) close(end);
}

}  // namespace
}  // namespace fairlead::pidwatch
