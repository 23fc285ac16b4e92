#include "runtime/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace fairlead::runtime {
namespace {

TEST(ReadSecretFile, RefusesWhatEveryUserMayReadAndSaysWhatToDo) {
  std::string pattern = std::filesystem::temp_directory_path() / "fairlead-secret-XXXXXX";
  const std::filesystem::path root = mkdtemp(pattern.data());
  const std::string file = root / "key";
  std::ofstream(file) << "word";
  for (const mode_t mode : {0600, 0640, 0400, 0660}) {
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
    EXPECT_EQ(ReadSecretFile(file, 16), "word") << mode;
  }
  for (const mode_t mode : {0644, 0604, 0666, 0777}) {
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
    const auto refused = ReadSecretFile(file, 16);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
    EXPECT_NE(refused.error().message.find("chmod 0600"), std::string::npos);
  }
  EXPECT_EQ(ReadSecretFile(root / "none", 16).error().code, Code::kUnavailable);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace fairlead::runtime
