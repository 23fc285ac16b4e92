// F10: the engine never answers about one container (a wedged mount, a broken shim).
//
// Must hold: all other containers are followed as if nothing was; of the wedged one the last known
// is kept; it is asked again until it answers.
#include <gtest/gtest.h>

#include <chrono>

#include "faults/fault_world.h"

namespace fairlead::test::f10 {
namespace {

TEST(F10OneInspectHangs, TheOthersAreFollowedAndItIsKeptAsLastKnown) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    // Longer than the row waits: what is followed meanwhile does not wait for this one.
    options.limits.inspect_deadline = std::chrono::minutes(1);
    FaultWorld world(options);
    for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
    world.Serve("1 2 3 4");

    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.Misbehave(world.IdOf(2) + "/json", {.holds_open = true});
      engine.host().Exit(world.IdOf(2), 0);
      engine.host().Exit(world.IdOf(3), 0);
    });
    ASSERT_TRUE(world.UntilRotation("1 2 4"));
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Start(world.IdOf(3)); });
    ASSERT_TRUE(world.UntilRotation("1 2 3 4"));
    EXPECT_EQ(world.Phase(), "serving");

    world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
      engine.Behave();
      proxy.Inflict(world.IdOf(2) + "/json", {.kind = FaultKind::kEnd});
    });
    ASSERT_TRUE(world.UntilRotation("1 3 4"));
    EXPECT_EQ(world.Phase(), "serving");
  });
}

TEST(F10OneInspectHangs, AtTheStartItHoldsNobodyUpForLongerThanItsDeadline) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    // As it ships a list comes less often than an inspect gives up; each list asks for it anew.
    options.observer.relist_interval = std::chrono::seconds(5);
    FaultWorld world(options);
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.Misbehave(world.IdOf(2) + "/json", {.holds_open = true});
    });
    world.Serve("1 3");
    world.Do([](FakeEngine& engine, FaultProxy&) { engine.Behave(); });
    EXPECT_TRUE(world.UntilRotation("1 2 3"));
  });
}

}  // namespace
}  // namespace fairlead::test::f10
