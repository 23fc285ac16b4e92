// F19: a replica under a restart policy ends with exit code 7 again and again.
//
// Must hold: it is out of its list each time that it is down; the engine alone starts it, by its
// own back-off, which an act of ours would begin anew.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f19 {
namespace {

constexpr int kCrashes = 4;

TEST(F19CrashLoopUnderAPolicy, IsTheEnginesToStartAndItsBackOffGoesOn) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.host().At(world.IdOf(2)).restart_policy = seed % 3 == 0 ? "on-failure" : "always";
    });
    world.Serve("1 2 3");
    const auto times_out = [&] {
      const Witness seen = world.Seen();
      return static_cast<int>(std::ranges::count(seen.rotations, "1 3"));
    };
    for (int i = 0; i < kCrashes; ++i) {
      world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(2), 7); });
      ASSERT_TRUE(world.Until("it is out", [&] { return times_out() > i; }));
      ASSERT_TRUE(world.UntilRotation("1 2 3"));
    }
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
    EXPECT_EQ(world.Ask<int>([&](FakeEngine& engine, FaultProxy&) {
      return engine.host().At(world.IdOf(2)).restart_count;
    }),
              kCrashes);
  });
}

}  // namespace
}  // namespace fairlead::test::f19
