// F04: the engine is frozen: it accepts every connection and answers none.
//
// Must hold: deadlines fire; at most eight connections are open to it; nothing is done; the list is
// kept, and checks go on: what they found meanwhile counts once the engine is back.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "controller/observer.h"
#include "faults/fault_world.h"

namespace fairlead::test::f04 {
namespace {

using namespace std::chrono_literals;

TEST(F04EngineFrozen, DeadlinesFireFewConnectionsWaitAndChecksGoOn) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    options.limits.ping_deadline = options.limits.inspect_deadline = 100ms;
    options.limits.list_deadline = 100ms;
    options.observer.relist_interval = 60ms;  // a list is due while all inspects hang
    FaultWorld world(options);
    for (int number = 1; number <= 12; ++number) world.AddReplica(number);
    world.Serve("1 10 11 12 2 3 4 5 6 7 8 9");

    // The last events still come, so that everybody is to be looked at; the answers never do.
    world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
      proxy.AddRule({.fault = {.kind = FaultKind::kHalfOpen}});
      for (int number = 1; number <= 12; ++number)
        engine.host().Emit(world.IdOf(number), "unpause");
    });
    int open_most = 0;
    // One that has just been left is counted with its successor until the actuator has closed it.
    const auto open = [&] {
      int least = std::numeric_limits<int>::max();
      for (int look = 0; look < 5; ++look) {
        least = std::min(
            least, world.Ask<int>([](FakeEngine&, FaultProxy& proxy) { return proxy.clients(); }));
        std::this_thread::sleep_for(2ms);
      }
      return least;
    };
    ASSERT_TRUE(world.Until("stale", [&] {
      open_most = std::max(open_most, open());
      return world.Phase() == "stale";
    }));
    EXPECT_LE(open_most, static_cast<int>(controller::kSocketsMax));
    EXPECT_GE(open_most, static_cast<int>(controller::kInspectsInFlightMax));
    EXPECT_EQ(world.Inventory().code, "engine-silent");
    EXPECT_EQ(world.Rotation(), "1 10 11 12 2 3 4 5 6 7 8 9");
    // What was asked before the list became stale may still wait beside the next attempt.
    auto few_since = std::chrono::steady_clock::now();
    ASSERT_TRUE(world.Until("what was asked has met its deadline", [&] {
      const auto now = std::chrono::steady_clock::now();
      if (open() > 1) few_since = now;
      return now - few_since > 2 * options.limits.ping_deadline;
    }));
    for (int look = 0; look < 20; ++look)
      ASSERT_LE(open(), 1) << "more than one question to an engine that is away";

    world.Say(2, spec::CheckClass::kNotServing);
    ASSERT_TRUE(world.Until("the check is heard",
                            [&] { return world.Report(2).readiness.starts_with("not-ready"); }));
    EXPECT_EQ(world.Phase(), "stale");
    EXPECT_EQ(world.Rotation(), "1 10 11 12 2 3 4 5 6 7 8 9");
    world.Do([](FakeEngine&, FaultProxy& proxy) { proxy.ClearRules(); });
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_TRUE(world.UntilRotation("1 10 11 12 3 4 5 6 7 8 9"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.Seen().foreign_acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f04
