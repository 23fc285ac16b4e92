// F16: our own process stands still for longer than every deadline that it watches.
//
// Must hold: our standing still is nobody's failure: nobody leaves, nothing is done; what really
// happened meanwhile is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "faults/fault_world.h"

namespace fairlead::test::f16 {
namespace {

using namespace std::chrono_literals;

TEST(F16WeStandStill, IsNobodysFailureAndWhatHappenedMeanwhileIsFound) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    options.limits.ping_deadline = options.limits.inspect_deadline = 50ms;
    options.limits.list_deadline = 50ms;
    options.observer.ping_interval = 20ms;
    options.observer.relist_interval = 40ms;
    FaultWorld world(options);
    for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
    world.Serve("1 2 3 4");
    const std::size_t published = world.Seen().rotations.size();

    world.HoldStill(FaultWorld::Held::kAll, [&] {
      const auto until = std::chrono::steady_clock::now() + 120ms;
      world.Until("every deadline has passed",
                  [&] { return std::chrono::steady_clock::now() > until; });
      world.Do([&](FakeEngine& engine, FaultProxy&) {
        engine.host().Exit(world.IdOf(2), 0);
        engine.host().StopByOthers(world.IdOf(3), 1);
      });
    });
    ASSERT_TRUE(world.UntilRotation("1 4"));
    ASSERT_TRUE(world.Until("the stop is heard of", [&] {
      return std::ranges::count(world.Seen().foreign_acts, "stop 3") == 1;
    }));
    ASSERT_TRUE(world.UntilPhase("serving"));
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    for (std::size_t i = published; i < seen.rotations.size(); ++i) {
      EXPECT_TRUE(seen.rotations[i].starts_with("1") && seen.rotations[i].ends_with("4"))
          << "who ran on left: " << seen.rotations[i];
    }
    for (const int number : {1, 4}) EXPECT_EQ(world.Report(number).liveness, "alive");
  });
}

}  // namespace
}  // namespace fairlead::test::f16
