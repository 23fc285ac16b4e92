#include "runtime/dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fairlead::runtime {
namespace {

// In a process of its own, for there is no way back.
int KeepAndLook() {
  if (prctl(PR_GET_DUMPABLE) != 1) return 77;  // the test itself is kept out of dumps
  if (!KeepOutOfDumps()) return 1;
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) return 2;
  return prctl(PR_GET_DUMPABLE) == 0 ? 0 : 3;
}

TEST(KeepOutOfDumps, LeavesNothingToAFileNorToAHandler) {
  const pid_t child = fork();
  if (child == 0) _exit(KeepAndLook());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP();
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace fairlead::runtime
