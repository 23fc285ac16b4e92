// F15: the engine's clock steps by an hour, forward or back, and then its stream ends.
//
// Must hold: the replay still tells what happened meanwhile, and what was told before the step is
// not taken for new; nobody leaves who runs; live events count as before.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "faults/fault_world.h"

namespace fairlead::test::f15 {
namespace {

using namespace std::chrono_literals;

void StepAndReconnect(std::uint64_t seed, std::chrono::nanoseconds step) {
  WorldOptions options{.seed = seed};
  options.observer.relist_interval = 1min;  // no regular list helps
  FaultWorld world(options);
  for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
  world.Serve("1 2 3 4");
  const auto heard = [&](const std::string& act) {
    return std::ranges::count(world.Seen().foreign_acts, act);
  };
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    engine.host().Emit(world.IdOf(1), "kill", {{"signal", "1"}});
  });
  ASSERT_TRUE(world.Until("the first signal is heard", [&] { return heard("kill 1") == 1; }));

  world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
    engine.host().StepClock(step);
    proxy.Inflict("/events", {.kind = FaultKind::kEnd});
    engine.host().StopByOthers(world.IdOf(2), 1);
    engine.host().Exit(world.IdOf(3), 0);
  });
  ASSERT_TRUE(world.UntilRotation("1 4"));
  ASSERT_TRUE(world.Until("the stop is heard of", [&] { return heard("stop 2") == 1; }));
  ASSERT_TRUE(world.Until("a new stream", [&] { return world.Inventory().reconnects >= 1; }));
  ASSERT_TRUE(world.UntilPhase("serving"));
  world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().StopByOthers(world.IdOf(4), 1); });
  ASSERT_TRUE(world.UntilRotation("1"));
  ASSERT_TRUE(world.Until("the second stop is heard of", [&] { return heard("stop 4") == 1; }));
  EXPECT_EQ(heard("kill 1"), 1) << "told before the step, and told again";
  EXPECT_EQ(heard("stop 2"), 1);
  EXPECT_EQ(world.MissedEvents(), 0U);
  const Witness seen = world.Seen();
  EXPECT_EQ(seen.acts, std::vector<std::string>{});
  for (const std::string& rotation : seen.rotations) {
    EXPECT_TRUE(rotation.starts_with("1")) << "who ran on left: " << rotation;
  }
}

TEST(F15EngineClockSteps, Forward) {
  Repeat(20, [](std::uint64_t seed) { StepAndReconnect(seed, 1h); });
}

TEST(F15EngineClockSteps, Back) {
  Repeat(20, [](std::uint64_t seed) { StepAndReconnect(seed, -1h); });
}

}  // namespace
}  // namespace fairlead::test::f15
