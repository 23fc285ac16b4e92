// F22: a restart of ours stops the container, and then the engine cannot start it (a port taken, a
// network gone).
//
// Must hold: the death is ours and no crash; the start is tried again with a back-off; each try
// costs its place in the budget, which stays spent; all of it is told.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f22 {
namespace {

// Three replicas, of which 2 hangs so long that it is restarted, and cannot start.
void HangAndFailToStart(FaultWorld& world, const std::string& max_restarts) {
  for (const int number : {1, 3}) world.AddReplica(number);
  world.AddReplica(
      2, {{"fairlead.repair.backoff", "400ms"}, {"fairlead.repair.max-restarts", max_restarts}});
  world.Serve("1 2 3");
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    engine.host().At(world.IdOf(2)).fails_to_start = true;
  });
  for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
  ASSERT_TRUE(world.UntilTold("act-finished 2 failed"));
  world.Say(2, spec::CheckClass::kServing);
}

TEST(F22RestartStopsAndFailsToStart, TheStartIsTriedAgainUntilItWorks) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-28"});
    HangAndFailToStart(world, "10");
    ASSERT_TRUE(world.UntilTold("act-finished 2 failed", 2));
    EXPECT_EQ(world.Rotation(), "1 3");
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.host().At(world.IdOf(2)).fails_to_start = false;
    });
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    ASSERT_TRUE(world.UntilTold("act-finished 2 verified"));

    const Witness seen = world.Seen();
    ASSERT_GE(seen.acts.size(), 3U);
    EXPECT_EQ(seen.acts.front(), "restart 2");
    EXPECT_EQ(std::ranges::count(seen.acts, "restart 2"), 1) << "only what is stopped was started";
    EXPECT_GE(world.TimesTold("repair-changed 2 backing-off"), 1);
    for (const std::string& note : seen.notes) {
      EXPECT_EQ(note.find("crash"), std::string::npos) << note;
    }
    EXPECT_EQ(seen.foreign_acts, std::vector<std::string>{});
  });
}

TEST(F22RestartStopsAndFailsToStart, WhatWasTriedStaysSpent) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    HangAndFailToStart(world, "2");
    ASSERT_TRUE(world.UntilTold("repair-changed 2 gave-up(max-restarts)"));
    // A start by hand would work now; ours is used up.
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.host().At(world.IdOf(2)).fails_to_start = false;
    });
    ASSERT_TRUE(world.UntilListedAgain());
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Seen().acts, (std::vector<std::string>{"restart 2", "start 2"}));
    EXPECT_EQ(world.Rotation(), "1 3");
  });
}

}  // namespace
}  // namespace fairlead::test::f22
