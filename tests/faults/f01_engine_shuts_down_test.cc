// F01: the engine is told to end and started again, without live-restore: it kills everything.
//
// Must hold: its kills are neither failures nor a person's stops; its restart policies bring back
// what has one, and what has none is left down; nothing is done by us; what was drained stays so.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::f01 {
namespace {

TEST(F01EngineShutsDown, ItsKillsAreNobodysFailureAndWhatWasDrainedStaysDrained) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      for (const int number : {1, 2, 3}) {
        engine.host().At(world.IdOf(number)).restart_policy = "always";
      }
    });
    world.Serve("1 2 3 4");
    world.Submit(
        {.verb = fleet::OperatorVerb::kDrain, .replica = "user-service.shop/2", .actor = "uid 0"},
        [](Result<>) {});
    ASSERT_TRUE(world.UntilRotation("1 3 4"));

    world.Do([](FakeEngine& engine, FaultProxy&) { engine.ShutDown(); });
    ASSERT_TRUE(world.UntilPhase("stale"));
    world.Do([](FakeEngine& engine, FaultProxy&) { engine.ComeBack(); });
    ASSERT_TRUE(world.UntilPhase("serving"));
    ASSERT_TRUE(world.UntilRotation("1 3"));

    ASSERT_TRUE(world.Until("4 is known to be down by the engine's doing",
                            [&] { return world.Report(4).departure == "engine-shutdown"; }));
    ASSERT_TRUE(world.Until("2 runs again", [&] { return world.Report(2).presence == "running"; }));
    EXPECT_EQ(world.Report(2).intent, "drained");
    for (const int number : {1, 3}) EXPECT_EQ(world.Report(number).intent, "none");
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    for (const std::string& note : seen.notes) {
      EXPECT_EQ(note.find("crash"), std::string::npos) << note;
      EXPECT_FALSE(note.ends_with(" operator")) << note;
    }
  });
}

}  // namespace
}  // namespace fairlead::test::f01
