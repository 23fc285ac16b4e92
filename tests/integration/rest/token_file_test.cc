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

  fs::path root_;
  std::string path_;
};

TEST_F(TokenFile, IsMadeForItsOwnerAloneAndKept) {
  const Result<std::string> first = OpenToken(path_);
  ASSERT_TRUE(first) << first.error().Text();
  EXPECT_EQ(first->size(), kTokenBytes);
  struct stat about{};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  EXPECT_EQ(OpenToken(path_), first);
  fs::remove(path_);
  EXPECT_NE(OpenToken(path_), first);
}

TEST_F(TokenFile, ThatOthersMayReadIsRefused) {
  ASSERT_TRUE(OpenToken(path_));
  chmod(path_.c_str(), 0640);
  EXPECT_EQ(OpenToken(path_).error().code, Code::kFailedPrecondition);
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
