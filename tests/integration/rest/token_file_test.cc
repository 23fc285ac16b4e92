#include "rest/token_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace fairlead::rest {
namespace {

namespace fs = std::filesystem;

class TokenFile : public ::testing::Test {
 protected:
  TokenFile() {
    std::string pattern = fs::temp_directory_path() / "fairlead-token-XXXXXX";
    root_ = mkdtemp(pattern.data());
    path_ = root_ / "http.token";
  }
  ~TokenFile() override { fs::remove_all(root_); }
  void Write(const std::string& text) {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), 0600);
  }

  unsigned Mode() const {
    struct stat about{};
    EXPECT_EQ(stat(path_.c_str(), &about), 0);
    return about.st_mode & 0777U;
  }

  fs::path root_;
  std::string path_;
};

TEST_F(TokenFile, IsMadeForItsOwnerAndRootAloneAndKept) {
  const Result<std::string> first = OpenToken(path_);
  ASSERT_TRUE(first) << first.error().Text();
  EXPECT_EQ(first->size(), kTokenBytes);
  EXPECT_EQ(Mode(), getegid() == 0 ? 0640U : 0600U);
  EXPECT_EQ(OpenToken(path_), first);
  fs::remove(path_);
  EXPECT_NE(OpenToken(path_), first);
}

TEST_F(TokenFile, OfBeforeIsOpenedToRootsGroupToo) {
  if (getegid() != 0) GTEST_SKIP() << "only who is in root's group makes such";
  const Result<std::string> first = OpenToken(path_);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(OpenToken(path_), first);
  EXPECT_EQ(Mode(), 0640U);
}

TEST_F(TokenFile, ThatOthersMayReadIsRefused) {
  ASSERT_TRUE(OpenToken(path_));
  for (const mode_t mode : {0644, 0660, 0604}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(OpenToken(path_).error().code, Code::kFailedPrecondition) << mode;
  }
  if (getegid() != 0) return;
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  ASSERT_EQ(chown(path_.c_str(), 0, 7), 0);
  EXPECT_EQ(OpenToken(path_).error().code, Code::kFailedPrecondition) << "of another group";
}

TEST_F(TokenFile, ThatHoldsNoTokenIsRefused) {
  for (const std::string& text : {std::string(), std::string("secret\n"), std::string(64, 'g'),
                                  std::string(63, 'a'), std::string(5000, 'a')}) {
    Write(text);
    EXPECT_EQ(OpenToken(path_).error().code, Code::kFailedPrecondition) << text;
  }
  EXPECT_EQ(OpenToken(root_ / "no" / "where").error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace fairlead::rest
