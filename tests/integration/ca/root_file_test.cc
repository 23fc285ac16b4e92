// The authority's file: private, whole, and never replaced because it is odd.
#include "ca/root_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fairlead::ca {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RootFileTest : public ::testing::Test {
 protected:
  RootFileTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~RootFileTest() override { fs::remove_all(folder_); }

  void WriteOne() {
    std::vector<Authority> roots;
    roots.push_back(*MakeRoot(Wall{std::chrono::days(20'000)}));
    ASSERT_TRUE(file_.Write(roots));
  }
  std::string WhyNot() {
    const Result<std::vector<Authority>> read = file_.Read();
    EXPECT_FALSE(read);
    return read ? "" : read.error().message;
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-root-file-" + std::to_string(getpid());
  const RootFile file_{folder_};
};

TEST_F(RootFileTest, IsReadAsItWasWrittenAndOursAlone) {
  const Result<std::vector<Authority>> none = file_.Read();
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  // An earlier life ended while it wrote.
  std::ofstream(file_.path() + ".new") << "half";
  WriteOne();
  const Result<std::vector<Authority>> one = file_.Read();
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->size(), 1U);
  struct stat facts{};
  ASSERT_EQ(::stat(file_.path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_FALSE(fs::exists(file_.path() + ".new"));
}

TEST_F(RootFileTest, OneThatOthersMayReadOrWriteIsRefused) {
  WriteOne();
  ::chmod(file_.path().c_str(), 0644);
  EXPECT_THAT(WhyNot(), HasSubstr("its mode 0644 lets every user read it"));
  ::chmod(file_.path().c_str(), 0602);
  EXPECT_THAT(WhyNot(), HasSubstr("every user may write to it"));
  fs::rename(file_.path(), folder_ + "/aside");
  fs::create_symlink(folder_ + "/aside", file_.path());
  EXPECT_THAT(WhyNot(), HasSubstr("it is a symlink"));
}

TEST_F(RootFileTest, ADamagedOneIsToldAndLeftAlone) {
  WriteOne();
  fs::resize_file(file_.path(), 700);
  const std::string why = WhyNot();
  EXPECT_THAT(why, HasSubstr("it ends in the middle"));
  EXPECT_THAT(why, HasSubstr("put a good copy there"));
  EXPECT_EQ(why.find("BEGIN"), std::string::npos);
  EXPECT_EQ(fs::file_size(file_.path()), 700U);
  fs::remove(file_.path());
  fs::create_directory(file_.path());
  fs::permissions(file_.path(), fs::perms::owner_all);
  EXPECT_THAT(WhyNot(), HasSubstr("it is no file"));
}

}  // namespace
}  // namespace fairlead::ca
