#include "runtime/open_files_room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "unit/runtime/in_child.h"

namespace fairlead::runtime {
namespace {

// The kernel's own word for how large this process's table of files is.
std::size_t TableSize() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t size = 0;
    if (word == "FDSize:" && status >> size) return size;
  }
  return 0;
}

// Each in a process of its own: neither limit nor table can be made smaller again.
TEST(OpenFilesRoom, RaisesTheSoftLimitAndMakesTheTableThatLargeAtOnce) {
  EXPECT_EQ(InChild([] {
              rlimit limit{};
              getrlimit(RLIMIT_NOFILE, &limit);
              limit.rlim_cur = 64;
              setrlimit(RLIMIT_NOFILE, &limit);
              const std::size_t most = std::min<std::size_t>(limit.rlim_max, kOpenFilesMax);
              const bool is_raised = MakeRoomForFiles() == most;
              getrlimit(RLIMIT_NOFILE, &limit);
              return is_raised && limit.rlim_cur == most && TableSize() >= most ? 7 : 0;
            }),
            7);
}

TEST(OpenFilesRoom, KeepsToTheHardLimit) {
  EXPECT_EQ(InChild([] {
              const rlimit limit{.rlim_cur = 64, .rlim_max = 200};
              setrlimit(RLIMIT_NOFILE, &limit);
              return MakeRoomForFiles() == 200 && TableSize() >= 200 ? 7 : 0;
            }),
            7);
}

}  // namespace
}  // namespace fairlead::runtime
