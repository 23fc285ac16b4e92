// F29: the disk of the state directory is full.
//
// Must hold: what cannot be recorded is not done, by us or for a person, and that is told; callers
// are served on with fresh lists; when there is room again, repairs go on. Needs the right to mount
// a small disk; without it the row is skipped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "faults/fault_world.h"

namespace fairlead::test::f29 {
namespace {

// A disk of its own, small enough to be filled at once; unmounted at the end.
class SmallDisk {
 public:
  SmallDisk() {
    std::string path = "/tmp/fairlead-disk-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return;
    path_ = path;
    is_mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, "size=256k,mode=0700") == 0;
  }
  ~SmallDisk() {
    if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const { return is_mounted_; }
  const std::string& path() const { return path_; }

  void Fill() {
    const int file = ::open(Ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::array<char, 4096> block{};
    while (::write(file, block.data(), block.size()) > 0) {
    }
    ::close(file);
  }
  void MakeRoom() { std::filesystem::remove(Ballast()); }

 private:
  std::string Ballast() const { return path_ + "/ballast"; }

  std::string path_;
  bool is_mounted_ = false;
};

constexpr const char* kToldOfDisk = "diagnostic  store-not-writable";

TEST(F29DiskIsFull, NothingIsDoneThatCannotBeRecordedAndServingGoesOn) {
  if (!SmallDisk().is_mounted()) GTEST_SKIP() << "mounting a small disk is not permitted here";
  RepeatSideBySide(20, [](std::uint64_t seed) {
    SmallDisk disk;
    FaultWorld world({.seed = seed, .state_dir = disk.path()});
    for (const int number : {1, 3, 4}) world.AddReplica(number);
    world.AddReplica(2, {{"fairlead.repair.backoff", "100ms"},
                         {"fairlead.repair.backoff-max", "200ms"},
                         {"fairlead.repair.max-restarts", "1000"}});
    world.Serve("1 2 3 4");
    disk.Fill();

    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilTold(kToldOfDisk));
    ASSERT_TRUE(world.UntilTold("act-finished 2 failed"));
    const Result<> answer = world.Command(fleet::OperatorVerb::kRestart, 3);
    EXPECT_FALSE(answer);
    // Serving goes on: lists follow what happens.
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(4), 0); });
    ASSERT_TRUE(world.UntilRotation("1 3"));
    EXPECT_EQ(world.Phase(), "serving");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    for (const int number : {1, 2, 3, 4}) {
      EXPECT_EQ(world.PostsAbout(number), std::vector<std::string>{});
    }

    disk.MakeRoom();
    ASSERT_TRUE(
        world.Until("the restart is asked for", [&] { return !world.PostsAbout(2).empty(); }));
    world.Say(2, spec::CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_EQ(world.PostsAbout(2).front(), "restart");
  });
}

}  // namespace
}  // namespace fairlead::test::f29
