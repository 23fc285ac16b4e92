#include "confine/share_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "confine/capabilities.h"
#include "confine/user.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::confine {
namespace {

namespace fs = std::filesystem;

using testing::kSomebody;

// By root, as what is given away is root's.
class ShareFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
    std::string pattern = fs::temp_directory_path() / "fairlead-give-XXXXXX";
    root_ = mkdtemp(pattern.data());
    fs::permissions(root_, fs::perms(0755));
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }
  static struct stat Look(const fs::path& path) {
    struct stat facts{};
    EXPECT_EQ(lstat(path.c_str(), &facts), 0) << path;
    return facts;
  }
  static std::string Why(const Result<>& result) { return result ? "" : result.error().message; }

  fs::path root_;
};

constexpr const char* kSocket = "xds.sock";

TEST_F(ShareFolderTest, TheUserMakesFilesThereAndTakesNoneAwayThatAreNotItsOwn) {
  const fs::path folder = root_ / "state";
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms(0755));  // as a package might make it
  const FolderToShare state{.mode = 0700, .is_private = true, .ours = {}, .spared = {"key"}};
  ASSERT_TRUE(ShareFolder(folder, state, kSomebody));
  EXPECT_EQ(Look(folder).st_mode & 07777U, 01770U);
  EXPECT_EQ(Look(folder).st_uid, 0U);
  std::ofstream(folder / "key.pem") << "secret";
  std::ofstream(folder / "store") << "rows";
  fs::permissions(folder / "key.pem", fs::perms(0600));
  ASSERT_TRUE(ShareFolder(folder, state, kSomebody));
  EXPECT_EQ(Look(folder / "store").st_uid, kSomebody);
  EXPECT_EQ(Look(folder / "key.pem").st_uid, 0U);
  const int status = testing::InAChild([&] {
    if (!BecomeUser(kSomebody) || !KeepOnlyCapabilities({})) return 1;
    std::ofstream(folder / "new") << "text";
    if (!fs::exists(folder / "new")) return 2;
    std::error_code error;
    if (fs::remove(folder / "key.pem", error)) return 3;
    fs::rename(folder / "new", folder / "key.pem", error);
    if (!error) return 4;
    return std::ifstream(folder / "key.pem").good() ? 5 : 0;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(ShareFolderTest, RootGoesOnWithItAlsoWithoutACapability) {
  const fs::path folder = root_ / "xds";
  const FolderToShare sockets{.mode = 0755, .is_private = false, .ours = {kSocket}, .spared = {}};
  ASSERT_TRUE(ShareFolder(folder, sockets, kSomebody));
  EXPECT_EQ(Look(folder).st_mode & 07777U, 01775U);
  std::ofstream(folder / kSocket) << "";
  ASSERT_TRUE(ShareFolder(folder, sockets, kSomebody));
  EXPECT_EQ(Look(folder / kSocket).st_uid, kSomebody);
  const int status = testing::InAChild([&] {
    if (!KeepOnlyCapabilities({})) return 1;
    return fs::remove(folder / kSocket) ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
  std::ofstream(folder / kSocket) << "";
  ASSERT_TRUE(ShareFolder(folder, sockets, kSomebody));
  ASSERT_TRUE(ShareFolder(folder, sockets, 0));
  EXPECT_EQ(Look(folder / kSocket).st_uid, 0U);
}

TEST_F(ShareFolderTest, WhatAnotherGroupMayInItStaysAsItIs) {
  const fs::path folder = root_ / "admin";
  fs::create_directory(folder);
  ASSERT_EQ(chown(folder.c_str(), 0, 7), 0);
  fs::permissions(folder, fs::perms(02750));
  ASSERT_TRUE(ShareFolder(folder,
                          {.mode = 0750, .is_private = false, .ours = {"admin.sock"}, .spared = {}},
                          kSomebody));
  EXPECT_EQ(Look(folder).st_uid, kSomebody);
  EXPECT_EQ(Look(folder).st_gid, 7U);
  EXPECT_EQ(Look(folder).st_mode & 07777U, 02750U);
}

TEST_F(ShareFolderTest, WhatHoldsThingsOfOthersIsNotShared) {
  const fs::path folder = root_ / "etc";
  fs::create_directory(folder);
  std::ofstream(folder / "passwd") << "";
  const FolderToShare sockets{.mode = 0755, .is_private = false, .ours = {kSocket}, .spared = {}};
  const Result<> refused = ShareFolder(folder, sockets, kSomebody);
  EXPECT_NE(Why(refused).find("more than fairlead's sockets (passwd)"), std::string::npos);
  EXPECT_EQ(Look(folder).st_mode & 07777U, 0755U);
  fs::permissions(folder, fs::perms(01777));
  EXPECT_TRUE(ShareFolder(folder, sockets, kSomebody));
  EXPECT_EQ(Look(folder).st_uid, 0U);
  EXPECT_EQ(Look(folder / "passwd").st_uid, 0U);
}

TEST_F(ShareFolderTest, NoLinkIsFollowedAndNoSecondNameGiven) {
  const fs::path folder = root_ / "state", elsewhere = root_ / "elsewhere";
  fs::create_directory(folder);
  std::ofstream(elsewhere) << "root's";
  fs::create_symlink(elsewhere, folder / "link");
  fs::create_hard_link(elsewhere, folder / "second");
  ASSERT_TRUE(
      ShareFolder(folder, {.mode = 0700, .is_private = true, .ours = {}, .spared = {}}, kSomebody));
  EXPECT_EQ(Look(elsewhere).st_uid, 0U);
  EXPECT_EQ(Look(folder / "link").st_uid, 0U);
}

TEST_F(ShareFolderTest, AClosedDirectoryOnTheWayIsNamed) {
  const FolderToShare state{.mode = 0700, .is_private = true, .ours = {}, .spared = {}};
  fs::create_directory(root_ / "closed");
  fs::permissions(root_ / "closed", fs::perms(0700));
  const Result<> refused = ShareFolder(root_ / "closed" / "state", state, kSomebody);
  EXPECT_NE(Why(refused).find("others may not enter " + (root_ / "closed").string() + ";"),
            std::string::npos)
      << Why(refused);
  EXPECT_TRUE(ShareFolder(root_ / "closed" / "state", state, 0));
}

TEST(MayEnter, GoesByOwnerRootsGroupAndOthersInThatOrder) {
  const auto look = [](uid_t user, gid_t group, mode_t mode) {
    struct stat facts{};
    facts.st_uid = user;
    facts.st_gid = group;
    facts.st_mode = mode;
    return MayEnter(facts, kSomebody);
  };
  EXPECT_TRUE(look(kSomebody, 7, 0100));
  EXPECT_FALSE(look(kSomebody, 0, 0011));
  EXPECT_TRUE(look(0, 0, 0710));
  EXPECT_FALSE(look(0, 0, 0701));
  EXPECT_TRUE(look(0, 7, 0701));
  EXPECT_FALSE(look(0, 7, 0770));
}

}  // namespace
}  // namespace fairlead::confine
