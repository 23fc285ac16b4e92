// F25: the kernel kills a replica for its memory limit, again after each start.
//
// Must hold: the cause is told as "oom" and not as a crash or a person's KILL; we start it as often
// as its budget allows and then give up; where the engine's policy restarts it, we never do.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f25 {
namespace {

void RunOutOfMemory(FaultWorld& world) {
  world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Oom(world.IdOf(2)); });
}

int TimesOut(const FaultWorld& world) {
  const Witness seen = world.Seen();
  return static_cast<int>(std::ranges::count(seen.rotations, "1 3"));
}

TEST(F25OutOfMemoryAgainAndAgain, IsToldAsThatAndStartedAsOftenAsTheBudgetSays) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 3}) world.AddReplica(number);
    world.AddReplica(2,
                     {{"fairlead.repair.backoff", "100ms"}, {"fairlead.repair.max-restarts", "1"}});
    world.Serve("1 2 3");
    RunOutOfMemory(world);
    ASSERT_TRUE(world.UntilRotation("1 3"));
    ASSERT_TRUE(world.UntilTold("act-finished 2 verified"));
    RunOutOfMemory(world);
    ASSERT_TRUE(world.UntilTold("repair-changed 2 gave-up(max-restarts)"));
    ASSERT_TRUE(world.UntilListedAgain());

    EXPECT_EQ(world.TimesTold("presence-changed 2 oom"), 2);
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{"start 2"});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{"start"});
    for (const std::string& act : seen.foreign_acts) EXPECT_EQ(act, "die 2");
    EXPECT_EQ(world.Rotation(), "1 3");
    for (const std::string& note : seen.notes) {
      EXPECT_EQ(note.find("crash"), std::string::npos) << note;
    }
  });
}

TEST(F25OutOfMemoryAgainAndAgain, UnderAPolicyItIsTheEnginesToRestart) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.host().At(world.IdOf(2)).restart_policy = "always";
    });
    world.Serve("1 2 3");
    for (int i = 0; i < 3; ++i) {
      RunOutOfMemory(world);
      ASSERT_TRUE(world.Until("it is out", [&] { return TimesOut(world) > i; }));
      ASSERT_TRUE(world.UntilRotation("1 2 3"));
    }
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f25
