// Files of ours in a directory in which another user creates names, as root with one that is
// theirs.
#include "ca/own_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "ca/keeper.h"
#include "ca/root_file.h"

namespace fairlead::ca {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uid_t kOther = 65530;

class OwnFileTest : public ::testing::Test {
 protected:
  OwnFileTest() {
    fs::remove_all(base_);
    fs::create_directories(folder_);
  }
  ~OwnFileTest() override { fs::remove_all(base_); }

  // The state directory, as the network's part has it: anybody of the group makes names, and
  // removes its own alone.
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
    ASSERT_EQ(::chmod(folder_.c_str(), 01770), 0);
  }

  void GiveAway(const std::string& path) const { ASSERT_EQ(::lchown(path.c_str(), kOther, 0), 0); }
  void WriteAsOther(const std::string& path, const std::string& text) const {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    GiveAway(path);
  }
  static std::string WholeFile(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static uid_t UserOf(const std::string& path) {
    struct stat facts{};
    return ::lstat(path.c_str(), &facts) == 0 ? facts.st_uid : 0;
  }
  // Neither used nor replaced, whatever it is.
  void ExpectRefused(const std::string& why) const {
    const auto read = file_.Read(100);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kPermissionDenied) << read.error().Text();
    EXPECT_THAT(read.error().message, HasSubstr(why));
    const Result<> replaced = file_.Replace("ours", 0600);
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().code, Code::kPermissionDenied) << replaced.error().Text();
    EXPECT_THAT(replaced.error().message, HasSubstr(why + "; move it away"));
  }

  const std::string base_ = ::testing::TempDir() + "fairlead-own-file-" + std::to_string(getpid());
  const std::string folder_ = base_ + "/state";
  const OwnFile file_{folder_ + "/one"};
};

TEST_F(OwnFileTest, IsReadAsItWasWritten) {
  const auto none = file_.Read(100);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  for (const std::string text : {"first", "second"}) {
    ASSERT_TRUE(file_.Replace(text, 0640));
    const auto read = file_.Read(6);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->text, text);
    EXPECT_EQ((*read)->mode, 0640U);
  }
  EXPECT_EQ(file_.Read(5).error().code, Code::kUnavailable);
  EXPECT_FALSE(fs::exists(file_.path() + ".new"));
}

TEST_F(OwnFileTest, WithoutItsDirectoryThereIsNone) {
  const OwnFile file(base_ + "/nowhere/one");
  const auto none = file.Read(100);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_EQ(file.Replace("ours", 0600).error().code, Code::kNotFound);
}

TEST_F(OwnFileTest, AFileOfAnotherUserIsLeftAlone) {
  WriteAsOther(file_.path(), "theirs");
  ExpectRefused("user 65530 owns it, and it has to be fairlead's own (chown root:root)");
  EXPECT_EQ(WholeFile(file_.path()), "theirs");
  EXPECT_EQ(UserOf(file_.path()), kOther);
}

TEST_F(OwnFileTest, ALinkIsNotFollowedWhoeverMadeIt) {
  std::ofstream(base_ + "/precious") << "precious";
  fs::create_symlink(base_ + "/precious", file_.path());
  ExpectRefused("it is a symlink");
  GiveAway(file_.path());
  ExpectRefused("it is a symlink");
  EXPECT_EQ(WholeFile(base_ + "/precious"), "precious");
  EXPECT_TRUE(fs::is_symlink(file_.path()));
}

TEST_F(OwnFileTest, ADirectoryAndAFifoAreNoFiles) {
  fs::create_directory(file_.path());
  ExpectRefused("it is no file");
  fs::remove(file_.path());
  ASSERT_EQ(::mkfifo(file_.path().c_str(), 0600), 0);
  ExpectRefused("it is no file");
}

TEST_F(OwnFileTest, WhatLiesWhereItIsWrittenFirstIsNotWrittenInto) {
  const std::string fresh = file_.path() + ".new";
  WriteAsOther(fresh, "theirs");
  fs::create_hard_link(fresh, folder_ + "/kept");
  ASSERT_TRUE(file_.Replace("ours", 0600));
  EXPECT_EQ(WholeFile(folder_ + "/kept"), "theirs");
  EXPECT_EQ(UserOf(file_.path()), 0U);
  std::ofstream(base_ + "/precious") << "precious";
  fs::create_symlink(base_ + "/precious", fresh);
  ASSERT_TRUE(file_.Replace("ours again", 0600));
  EXPECT_EQ(WholeFile(base_ + "/precious"), "precious");
  EXPECT_EQ(WholeFile(file_.path()), "ours again");
  fs::create_directory(fresh);
  EXPECT_EQ(file_.Replace("not written", 0600).error().code, Code::kUnavailable);
  EXPECT_EQ(WholeFile(file_.path()), "ours again");
}

TEST_F(OwnFileTest, OtherNamesOfItKeepWhatTheyHave) {
  ASSERT_TRUE(file_.Replace("former", 0600));
  fs::create_hard_link(file_.path(), folder_ + "/other-name");
  ASSERT_TRUE(file_.Replace("new", 0600));
  EXPECT_EQ(WholeFile(folder_ + "/other-name"), "former");
  EXPECT_EQ(WholeFile(file_.path()), "new");
}

TEST_F(OwnFileTest, ItsDirectoryMayBeALinkOfOursAndOfNobodyElse) {
  const OwnFile file(base_ + "/link/one");
  fs::create_directory_symlink(folder_, base_ + "/link");
  ASSERT_TRUE(file.Replace("ours", 0600));
  GiveAway(base_ + "/link");
  EXPECT_EQ(file.Replace("elsewhere", 0600).error().code, Code::kPermissionDenied);
  EXPECT_EQ(file.Read(100).error().code, Code::kPermissionDenied);
  const OwnFile slashed(base_ + "/link//one");
  EXPECT_EQ(slashed.Replace("elsewhere", 0600).error().code, Code::kPermissionDenied);
  EXPECT_EQ(WholeFile(file_.path()), "ours");
}

TEST_F(OwnFileTest, AnAuthorityOfAnotherUserSignsNothingAndStays) {
  const RootFile theirs(folder_);
  std::vector<Authority> roots;
  roots.push_back(*MakeRoot(Wall{std::chrono::days(20'000)}));
  ASSERT_TRUE(theirs.Write(roots));
  ASSERT_TRUE(theirs.Read());
  ASSERT_EQ(::chmod(theirs.path().c_str(), 0640), 0);
  EXPECT_THAT(theirs.Read().error().message, HasSubstr("lets more than its owner use it"));
  ASSERT_EQ(::chmod(theirs.path().c_str(), 0600), 0);
  GiveAway(theirs.path());
  const std::string text = WholeFile(theirs.path());
  EXPECT_THAT(theirs.Read().error().message, HasSubstr("user 65530 owns it"));
  EXPECT_EQ(theirs.Write(roots).error().code, Code::kPermissionDenied);
  EXPECT_EQ(WholeFile(theirs.path()), text);
}

// What the keeper says of its own files after a turn.
class KeeperAmongStrangers : public OwnFileTest {
 protected:
  KeeperAmongStrangers() {
    fs::create_directories(base_ + "/xds");
    ContainerFacts facts;
    facts.id = ContainerId{"c1"};
    keeper_.Observe(facts, ServiceName{.project = "shop", .service = "users"}, {});
  }
  void SetUp() override {
    OwnFileTest::SetUp();
    GiveAway(base_ + "/xds");
  }
  std::string TroubleOfATurn() {
    keeper_.Turn(
        {.wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
         .time = {}});
    for (const KeptCertificate& one : keeper_.All())
      if (one.who == kOfAuthority) return one.trouble;
    return "nobody";
  }

  const std::string bundle_ = base_ + "/xds/ca.crt";
  const std::string memory_ = folder_ + "/service-certificates";
  Keeper keeper_{{.trust_domain = "fairlead.internal",
                  .dir = base_ + "/certs",
                  .lifetime = std::chrono::hours(24),
                  .state_dir = folder_,
                  .issuer = {},
                  .bundle_path = bundle_},
                 [](const KeeperNews&) {}};
};

TEST_F(KeeperAmongStrangers, RemembersNothingThatSomebodyElseWrote) {
  WriteAsOther(memory_, "evil/evil 0 0\n");
  EXPECT_THAT(TroubleOfATurn(), HasSubstr("/state/service-certificates: user 65530 owns it"));
  EXPECT_FALSE(fs::exists(base_ + "/certs/evil"));
  EXPECT_TRUE(fs::exists(base_ + "/certs/shop/users/tls.crt"));
  fs::remove(memory_);
  EXPECT_EQ(TroubleOfATurn(), "");
  EXPECT_EQ(UserOf(memory_), 0U);
}

TEST_F(KeeperAmongStrangers, ReplacesNoBundleThatSomebodyElseWrote) {
  WriteAsOther(bundle_, "theirs");
  EXPECT_THAT(TroubleOfATurn(), HasSubstr("/xds/ca.crt: user 65530 owns it"));
  EXPECT_EQ(WholeFile(bundle_), "theirs");
  fs::remove(bundle_);
  EXPECT_EQ(TroubleOfATurn(), "");
  EXPECT_EQ(UserOf(bundle_), 0U);
}

}  // namespace
}  // namespace fairlead::ca
