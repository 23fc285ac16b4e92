// F03: a container dies while its engine is down. No event will ever tell of it.
//
// Must hold: the list is kept while the engine is away; the next full list finds the death and the
// replica leaves; nothing is restarted, for nobody knows why it died.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::f03 {
namespace {

TEST(F03DeathWhileEngineDown, IsFoundByTheNextListAndLeadsToNoAct) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");

    world.Do([](FakeEngine& engine, FaultProxy&) { engine.Crash(); });
    ASSERT_TRUE(world.UntilPhase("stale"));
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(2), 137); });
    EXPECT_EQ(world.Rotation(), "1 2 3");

    world.Do([](FakeEngine& engine, FaultProxy&) { engine.ComeBack(); });
    ASSERT_TRUE(world.UntilRotation("1 3"));
    ASSERT_TRUE(world.UntilPhase("serving"));
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    EXPECT_EQ(seen.foreign_acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f03
