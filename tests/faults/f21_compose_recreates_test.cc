// F21: Compose puts a new container in a replica's place, in the order of 2.16 and later (new one
// first, with a label that names the old one) or in the older order (old one stopped and renamed).
//
// Must hold: one planned gap and no failure: nothing is ordered, the siblings serve all along, and
// the new one serves after its first pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "faults/fault_world.h"

namespace fairlead::test::f21 {
namespace {

using Step = std::function<void()>;

// One by one as a slow Compose, with a whole look at the engine between two steps, or at once.
void Go(FaultWorld& world, std::uint64_t seed, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    step();
    if (seed % 2 == 0) {
      ASSERT_TRUE(world.UntilListedAgain());
    }
  }
}

Step OnHost(FaultWorld& world, std::function<void(FakeHost&)> change) {
  return [&world, change = std::move(change)] {
    world.Do([&](FakeEngine& engine, FaultProxy&) { change(engine.host()); });
  };
}

void ExpectOnePlannedGap(FaultWorld& world, const std::string& old, std::uint64_t seed) {
  ASSERT_TRUE(world.UntilTold("replica-gone 2 gone"));
  ASSERT_TRUE(world.UntilRotation("1 2 3"));
  EXPECT_NE(world.IdOf(2), old);
  const Witness seen = world.Seen();
  EXPECT_EQ(seen.acts, std::vector<std::string>{});
  EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
  const auto whole = std::ranges::find(seen.rotations, "1 2 3");
  for (auto list = whole; list != seen.rotations.end(); ++list) {
    EXPECT_TRUE(list->starts_with("1") && list->ends_with("3")) << *list;
  }
  for (const std::string& note : seen.notes) {
    EXPECT_EQ(note.find("crash"), std::string::npos) << note;
    EXPECT_FALSE(note.starts_with("repair-changed")) << note;
  }
  if (seed % 2 == 0) {
    EXPECT_EQ(world.TimesTold("presence-changed 2 compose-recreate"), 1);
  }
}

TEST(F21ComposeRecreates, TheNewOneFirst) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const std::string old = world.IdOf(2);
    const std::string name = old.substr(0, 12) + "_shop-user-service-2";
    Go(world, seed,
       {[&] { world.CreateReplica(2, name, {{"com.docker.compose.replace", old}}); },
        OnHost(world, [&](FakeHost& host) { host.StopByOthers(old, 1); }),
        OnHost(world, [&](FakeHost& host) { host.Remove(old); }),
        OnHost(world, [&](FakeHost& host) { host.Rename(world.IdOf(2), "shop-user-service-2"); }),
        OnHost(world, [&](FakeHost& host) { host.Start(world.IdOf(2)); })});
    ExpectOnePlannedGap(world, old, seed);
  });
}

TEST(F21ComposeRecreates, TheOldOneStoppedAndRenamedFirst) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 4 < 2 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const std::string old = world.IdOf(2);
    const std::string aside = old.substr(0, 12) + "_shop-user-service-2";
    Go(world, seed,
       {OnHost(world, [&](FakeHost& host) { host.StopByOthers(old, 1); }),
        OnHost(world, [&](FakeHost& host) { host.Rename(old, aside); }),
        [&] { world.CreateReplica(2, "shop-user-service-2"); },
        OnHost(world, [&](FakeHost& host) { host.Start(world.IdOf(2)); }),
        OnHost(world, [&](FakeHost& host) { host.Remove(old); })});
    ExpectOnePlannedGap(world, old, seed);
  });
}

}  // namespace
}  // namespace fairlead::test::f21
