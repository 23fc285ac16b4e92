#include "runtime/open_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "runtime/small_file.h"

namespace fairlead::runtime {
namespace {

namespace fs = std::filesystem;

// The status with which a child ends that is nobody, and may not open what is root's.
int AsNobody(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(setresuid(65530, 65530, 65530) == 0 ? work() : 100);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class OpenFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs files that another user may not read";
    std::string pattern = fs::temp_directory_path() / "fairlead-open-XXXXXX";
    root_ = mkdtemp(pattern.data());  // 0700
    file_ = root_ / "key";
    std::ofstream(file_) << "word";
    fs::permissions(file_, fs::perms(0600));
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  fs::path root_;
  std::string file_;
};

TEST_F(OpenFileTest, WhatTheKernelRefusesIsAskedOfTheOpener) {
  const int opened = open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  const int status = AsNobody([&] {
    if (ReadSmallFile(file_, 16)) return 1;
    SetFileOpener([&](const std::string& path, FileDescriptor& file) {
      if (path != file_) return EPERM;
      file = FileDescriptor(dup(opened));
      return 0;
    });
    struct stat facts{};
    if (LookAtFile(file_, facts) != 0 || facts.st_size != 4) return 2;
    if (LookAtFile(root_ / "other", facts) != EPERM) return 3;
    return ReadSmallFile(file_, 16) == "word" ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
  close(opened);
}

TEST_F(OpenFileTest, WhatIsNotThereIsAskedOfNobody) {
  const int status = AsNobody([] {
    SetFileOpener([](const std::string&, FileDescriptor&) { return 1; });
    FileDescriptor file;
    struct stat facts{};
    if (OpenToRead("/nowhere/at/all", file) != ENOENT) return 1;
    return LookAtFile("/nowhere/at/all", facts) == ENOENT ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace fairlead::runtime
