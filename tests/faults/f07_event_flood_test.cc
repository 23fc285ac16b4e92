// F07: a loop of renames floods the stream.
//
// Must hold: the stream is read at once, also while the rest of the daemon is busy, so that none of
// the engine's 1,024 places fills up; what is to be looked at is bounded by containers; the engine
// is asked little; a real death in the midst of it is found.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "controller/observer.h"
#include "faults/fault_world.h"

namespace fairlead::test::f07 {
namespace {

using namespace std::chrono_literals;

constexpr int kEventsAtOnce = 500;  // half of the places that an engine has

// Renames of two replicas by turns; false when the reader did not take them.
bool Flood(FaultWorld& world, int events) {
  for (int told = 0; told < events; told += kEventsAtOnce) {
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      for (int i = 0; i < kEventsAtOnce; ++i) {
        engine.host().Rename(world.IdOf(1 + i % 2), fmt::format("name-{}-{}", i % 2, told + i));
      }
    });
    const bool is_read = world.Until("the reader has taken them all", [&] {
      return world.Ask<std::size_t>(
                 [](FakeEngine& engine, FaultProxy&) { return engine.events_queued(); }) == 0;
    });
    if (!is_read) return false;
  }
  return true;
}

int Inspects(FaultWorld& world) {
  return world.Ask<int>([](FakeEngine& engine, FaultProxy&) {
    return static_cast<int>(std::ranges::count_if(engine.requests(), [](const std::string& each) {
      return each.find("/containers/json") == std::string::npos &&
             each.find("/json") != std::string::npos;
    }));
  });
}

void ExpectUntroubled(FaultWorld& world) {
  const auto skipped = world.Ask<std::uint64_t>(
      [](FakeEngine& engine, FaultProxy&) { return engine.events_skipped(); });
  EXPECT_EQ(skipped, 0U) << "the engine's places were full";
  const int at_once = world.Ask<int>(
      [](FakeEngine& engine, FaultProxy&) { return engine.inspects_at_once_most(); });
  EXPECT_LE(at_once, static_cast<int>(controller::kInspectsInFlightMax));
  EXPECT_EQ(world.Inventory().reconnects, 0U);
  EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
}

TEST(F07EventFlood, ADeathInTheMidstOfItIsFoundAndTheEngineIsAskedLittle) {
  Repeat(20, [](std::uint64_t seed) {
    constexpr int kEvents = 1'000;
    WorldOptions options{.seed = seed};
    options.limits.ping_deadline = 10s;  // that the reader is quick is asked, not that all else is
    FaultWorld world(options);
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const int before = Inspects(world);
    ASSERT_TRUE(Flood(world, kEvents / 2));
    const int dying = seed % 2 == 0 ? 2 : 3;  // one of the renamed, or a bystander
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(dying), 0); });
    ASSERT_TRUE(Flood(world, kEvents / 2));
    ASSERT_TRUE(world.UntilRotation(dying == 2 ? "1 3" : "1 2"));
    EXPECT_LT(Inspects(world) - before, kEvents / 10);
    ExpectUntroubled(world);
  });
}

TEST(F07EventFlood, TenThousandEventsAreReadWhileTheRestStandsStill) {
  Repeat(1, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    options.limits.ping_deadline = 10s;
    options.observer.relist_interval = 1min;  // no list helps
    FaultWorld world(options);
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    int during = 0;
    world.HoldStill(FaultWorld::Held::kAllButReader, [&] {
      const int before = Inspects(world);
      EXPECT_TRUE(Flood(world, 10'000));
      world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(3), 0); });
      during = Inspects(world) - before;
    });
    EXPECT_EQ(during, 0);
    ASSERT_TRUE(world.UntilRotation("1 2"));
    EXPECT_LE(Inspects(world), 60) << "ten thousand hints about two containers";
    EXPECT_EQ(world.MissedEvents(), 0U);
    ExpectUntroubled(world);
  });
}

}  // namespace
}  // namespace fairlead::test::f07
