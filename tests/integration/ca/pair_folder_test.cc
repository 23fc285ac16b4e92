// Directories with a pair in them: what readers see while it changes, and what others may do to it.
#include "ca/pair_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace fairlead::ca {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string TextOfFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

unsigned ModeOf(const std::string& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

class PairFolderTest : public ::testing::Test {
 protected:
  PairFolderTest() { fs::remove_all(root_); }
  ~PairFolderTest() override { fs::remove_all(root_); }

  PairFolder Open() {
    Result<PairFolder> folder = PairFolder::Open(place_);
    EXPECT_TRUE(folder) << folder.error().message;
    return *std::move(folder);
  }
  Result<> Prepare(PairFolder& folder, const std::string& mark, const FileOwner& owner = {}) {
    return folder.Prepare({.cert = mark, .key = mark, .bundle = mark}, owner);
  }
  void Write(const std::string& mark) {
    PairFolder folder = Open();
    ASSERT_TRUE(Prepare(folder, mark));
    ASSERT_TRUE(folder.Swap());
    folder.Clean();
  }
  // What a server reads: "cert key bundle".
  std::string Seen() const {
    return TextOfFile(folder_ + "/tls.crt") + " " + TextOfFile(folder_ + "/tls.key") + " " +
           TextOfFile(folder_ + "/ca.crt");
  }
  std::size_t Versions() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_))
      count += entry.is_directory() && !entry.is_symlink() ? 1 : 0;
    return count;
  }

  const std::string root_ =
      ::testing::TempDir() + "fairlead-pair-folder-" + std::to_string(getpid());
  const std::string folder_ = root_ + "/shop/users";
  const FolderPlace place_{.root = root_, .parts = {"shop", "users"}};
};

TEST_F(PairFolderTest, HoldsAPairAsASecretDoes) {
  Write("one");
  EXPECT_EQ(Seen(), "one one one");
  EXPECT_EQ(ModeOf(folder_), 0755U);
  const std::string data = folder_ + "/" + fs::read_symlink(folder_ + "/..data").string();
  EXPECT_EQ(ModeOf(data + "/tls.key"), 0400U);
  EXPECT_EQ(ModeOf(data + "/tls.crt"), 0444U);
  EXPECT_EQ(fs::read_symlink(folder_ + "/tls.key"), "..data/tls.key");
  const PairFolder::Found found = Open().Read({});
  EXPECT_EQ(found.cert, "one");
  EXPECT_EQ(found.bundle, "one");
  EXPECT_TRUE(found.has_key);
}

TEST_F(PairFolderTest, TheFormerPairStaysUntilTheNextChangeAndNoLonger) {
  Write("one");
  const std::string first = folder_ + "/" + fs::read_symlink(folder_ + "/..data").string();
  Write("two");
  EXPECT_EQ(Seen(), "two two two");
  EXPECT_EQ(TextOfFile(first + "/tls.key"), "one") << "a reader may be on its way";
  Write("three");
  EXPECT_FALSE(fs::exists(first));
  EXPECT_EQ(Versions(), 2U);
}

TEST_F(PairFolderTest, AReaderNeverSeesHalfOfAChange) {
  Write("0");
  std::atomic<bool> is_over = false;
  int mixed = 0;
  int missing = 0;
  int whole = 0;
  std::thread reader([&] {
    const std::string link = folder_ + "/..data";
    while (!is_over) {
      if (!fs::is_symlink(link)) ++missing;
      const FileDescriptor data(::open(link.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      const std::string at = "/proc/self/fd/" + std::to_string(data.get());
      const std::string cert = TextOfFile(at + "/tls.crt");
      const std::string key = TextOfFile(at + "/tls.key");
      // When two changes have gone by meanwhile, it is all gone.
      if (cert.empty() || key.empty()) continue;
      ++(cert == key ? whole : mixed);
    }
  });
  for (int i = 1; i <= 200; ++i) Write(std::to_string(i));
  is_over = true;
  reader.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(missing, 0);
  EXPECT_GT(whole, 0);
}

TEST_F(PairFolderTest, AnEndBetweenTwoStepsLeavesWhatReadersSeeWhole) {
  Write("one");
  {
    PairFolder killed = Open();
    ASSERT_TRUE(Prepare(killed, "two"));
  }
  EXPECT_EQ(Seen(), "one one one");
  {
    PairFolder killed = Open();
    ASSERT_TRUE(Prepare(killed, "three"));
    ASSERT_TRUE(killed.Swap());
  }
  EXPECT_EQ(Seen(), "three three three");
  // A link that was never renamed into its place.
  fs::create_symlink("..v0", folder_ + "/..data_new");
  Write("four");
  EXPECT_EQ(Seen(), "four four four");
  EXPECT_EQ(Versions(), 2U) << "what was left over is gone";
  EXPECT_FALSE(fs::is_symlink(folder_ + "/..data_new"));
}

TEST_F(PairFolderTest, ALinkThatIsMissingIsPutBack) {
  Write("one");
  fs::remove(folder_ + "/ca.crt");
  EXPECT_EQ(Open().Read({}).cert, "") << "not whole, so it is made anew";
  Write("two");
  EXPECT_EQ(Seen(), "two two two");
}

TEST_F(PairFolderTest, TheKeyIsTheUsersAndItsGroups) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  PairFolder folder = Open();
  const FileOwner owner{.uid = 65532, .gid = 65533};
  ASSERT_TRUE(Prepare(folder, "one", owner));
  ASSERT_TRUE(folder.Swap());
  struct stat facts{};
  ASSERT_EQ(::stat((folder_ + "/tls.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 65532U);
  EXPECT_EQ(facts.st_gid, 65533U);
  EXPECT_EQ(facts.st_mode & 07777U, 0440U);
  EXPECT_TRUE(Open().Read(owner).has_key);
  EXPECT_FALSE(Open().Read({.uid = 65532}).has_key);
  EXPECT_FALSE(Open().Read({}).has_key);
  ASSERT_EQ(::stat(folder_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 0U) << "who may read may not write";
}

TEST_F(PairFolderTest, NothingThatOthersPutThereIsFollowedOrOverwritten) {
  const std::string elsewhere = root_ + "/elsewhere";
  fs::create_directories(elsewhere);
  std::ofstream(elsewhere + "/tls.crt") << "theirs";
  Write("one");
  // Somebody with the directory mounted writably, between two changes.
  fs::remove(folder_ + "/..data");
  fs::create_symlink(elsewhere, folder_ + "/..data");
  EXPECT_EQ(Open().Read({}).cert, "");
  fs::remove(folder_ + "/tls.crt");
  fs::create_symlink(elsewhere + "/tls.crt", folder_ + "/tls.crt");
  Write("two");
  EXPECT_EQ(Seen(), "two two two");
  EXPECT_EQ(TextOfFile(elsewhere + "/tls.crt"), "theirs");
  // A file in the way is somebody's.
  fs::remove(folder_ + "/tls.key");
  std::ofstream(folder_ + "/tls.key") << "mine";
  PairFolder folder = Open();
  const Result<> refused = Prepare(folder, "three");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("a file of somebody else is there"));
  EXPECT_EQ(TextOfFile(folder_ + "/tls.key"), "mine");
}

TEST_F(PairFolderTest, ADirectoryThatOthersMayChangeIsRefused) {
  fs::create_directories(root_ + "/shop");
  ASSERT_EQ(::chmod((root_ + "/shop").c_str(), 0777), 0);
  Result<PairFolder> refused = PairFolder::Open(place_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("its mode 0777 lets others write there"));
  fs::remove(root_ + "/shop");
  fs::create_symlink("/etc", root_ + "/shop");
  refused = PairFolder::Open(place_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("it is no directory"));
}

TEST_F(PairFolderTest, ARootThatIsAnotherUsersLinkIsNotFollowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const std::string elsewhere = root_ + "-elsewhere";
  fs::create_directories(elsewhere);
  fs::create_directory_symlink(elsewhere, root_);
  EXPECT_TRUE(PairFolder::Open(place_)) << "one of ours is";
  ASSERT_EQ(::lchown(root_.c_str(), 65530, 0), 0);
  const Result<PairFolder> refused = PairFolder::Open(place_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("it is a symlink of user 65530"));
  EXPECT_TRUE(FoldersIn(root_).empty());
  fs::remove_all(elsewhere);
}

TEST_F(PairFolderTest, RemovingTakesAwayWhatIsOursAlone) {
  Write("one");
  Write("two");
  EXPECT_EQ(FoldersIn(root_),
            (std::vector<std::pair<std::string, std::string>>{{"shop", "users"}}));
  fs::create_directories(root_ + "/shop/carts");
  std::ofstream(root_ + "/shop/carts/notes") << "mine";
  PairFolder::Remove(place_);
  EXPECT_FALSE(fs::exists(folder_));
  EXPECT_TRUE(fs::exists(root_ + "/shop/carts/notes"));
  PairFolder::Remove({.root = root_, .parts = {"shop", "carts"}});
  EXPECT_TRUE(fs::exists(root_ + "/shop/carts/notes"));
  EXPECT_TRUE(FoldersIn(root_).empty());
}

}  // namespace
}  // namespace fairlead::ca
