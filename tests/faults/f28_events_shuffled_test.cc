// F28: events come twice, in another order, and again after each new stream.
//
// Must hold: whatever the order, the final picture is the truth; each stop of somebody is counted
// as often as it happened; nothing is done.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/rng.h"
#include "faults/fault_world.h"

namespace fairlead::test::f28 {
namespace {

constexpr int kReplicas = 5;
constexpr int kChanges = 40;

// One change by chance. Every end is a clean one, so that nobody has anything to repair.
void Change(FakeEngine& engine, FaultProxy& proxy, const std::string& id, std::uint64_t what) {
  FakeHost& host = engine.host();
  const std::string status = host.At(id).status;
  switch (what) {
    case 0:
      return host.Exit(id, 0);
    case 1:
      if (status == "exited") host.Start(id);
      return;
    case 2:
      if (status == "running") host.Pause(id);
      return;
    case 3:
      if (status == "paused") host.Unpause(id);
      return;
    case 4:
      return host.Rename(id, "name-" + host.now_text());
    case 5:
      return host.Emit(id, "exec_create");
    case 6:
      if (status == "running") host.RestartByOthers(id, 1);
      return;
    default:
      proxy.Inflict("/events", {.kind = FaultKind::kEnd});
  }
}

TEST(F28EventsShuffled, TheFinalPictureIsTheTruth) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (int number = 1; number <= kReplicas; ++number) world.AddReplica(number);
    world.Serve("1 2 3 4 5");
    world.Do([](FakeEngine& engine, FaultProxy&) {
      engine.luck().doubled = 40;
      engine.luck().held = 40;
    });
    Rng rng(seed);
    for (int i = 0; i < kChanges; ++i) {
      const int number = 1 + static_cast<int>(rng.Below(kReplicas));
      const std::uint64_t what = rng.Below(8);
      world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
        Change(engine, proxy, world.IdOf(number), what);
      });
    }
    const auto truth = world.Ask<std::string>([&](FakeEngine& engine, FaultProxy&) {
      // Whatever is still held back is told with this one.
      engine.luck() = {};
      engine.host().Emit(world.IdOf(1), "exec_create");
      std::string running;
      for (int number = 1; number <= kReplicas; ++number) {
        if (engine.host().At(world.IdOf(number)).status != "running") continue;
        running += fmt::format("{}{}", running.empty() ? "" : " ", number);
      }
      return running;
    });
    ASSERT_TRUE(world.UntilRotation(truth));
    ASSERT_TRUE(world.UntilPhase("serving"));
    const std::uint64_t lists = world.Inventory().lists;
    ASSERT_TRUE(world.Until("one more list", [&] { return world.Inventory().lists > lists; }));
    EXPECT_EQ(world.Rotation(), truth) << "older news turned it back";
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

TEST(F28EventsShuffled, AStopThatIsToldTwiceAndReplayedIsOneStop) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.luck().doubled = 100;
      engine.host().StopByOthers(world.IdOf(2), 1);
    });
    ASSERT_TRUE(world.UntilRotation("1 3"));
    for (int again = 1; again <= 3; ++again) {
      world.Do([](FakeEngine&, FaultProxy& proxy) {
        proxy.Inflict("/events", {.kind = FaultKind::kEnd});
      });
      ASSERT_TRUE(world.Until("serving over one more stream", [&] {
        return std::ranges::count(world.Seen().phases, "serving") > again;
      }));
    }
    const Witness seen = world.Seen();
    EXPECT_EQ(std::ranges::count(seen.foreign_acts, "kill 2"), 1);
    EXPECT_EQ(std::ranges::count(seen.foreign_acts, "stop 2"), 1);
    EXPECT_EQ(world.Rotation(), "1 3");
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f28
