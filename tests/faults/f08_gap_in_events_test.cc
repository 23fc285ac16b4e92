// F08: more happens while we are not connected than the engine's history of 256 events holds.
//
// Must hold: the full list makes the picture equal to the truth: the dead leave, the removed go,
// the new come; and of what nobody saw nothing is concluded: no act, no person's stop.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "faults/fault_world.h"

namespace fairlead::test::f08 {
namespace {

TEST(F08GapInEvents, TheFullListMakesThePictureEqualToTheTruth) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
    world.Serve("1 2 3 4");

    world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
      proxy.Close();
      proxy.Inflict("", {.kind = FaultKind::kEnd});
      engine.host().Exit(world.IdOf(2), 137);
      engine.host().Remove(world.IdOf(3));
    });
    world.AddReplica(5);
    ASSERT_TRUE(world.UntilPhase("stale"));
    EXPECT_EQ(world.Rotation(), "1 2 3 4");
    world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
      for (int i = 0; i < 600; ++i) engine.host().Rename(world.IdOf(4), fmt::format("name-{}", i));
      proxy.Open();
    });
    ASSERT_TRUE(world.UntilRotation("1 4 5"));
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_TRUE(world.Until("the removed is gone", [&] { return world.Report(3).name.empty(); }));
    EXPECT_TRUE(world.Until("the last name is known",
                            [&] { return world.Report(4).container_name == "name-599"; }));
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    EXPECT_EQ(seen.foreign_acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f08
