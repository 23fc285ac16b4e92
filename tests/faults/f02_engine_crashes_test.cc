// F02: the engine is killed with live-restore on: it is gone, its containers run on.
//
// Must hold: the picture is stale at once and the list is kept, unchanged, until the engine answers
// a ping; then the stream is opened before the list is asked for, and all is whole again.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f02 {
namespace {

TEST(F02EngineCrashes, TheListIsKeptAndThePictureIsWholeAgainAfterThePing) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = seed % 2 == 0 ? "docker-20.10" : "docker-29"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const std::size_t published = world.Seen().rotations.size();

    world.Do([](FakeEngine& engine, FaultProxy&) { engine.Crash(); });
    ASSERT_TRUE(world.UntilPhase("stale"));
    EXPECT_EQ(world.Inventory().code, "engine-away");
    const auto asked = world.Ask<std::size_t>([](FakeEngine& engine, FaultProxy&) {
      engine.ComeBack();
      return engine.requests().size();
    });
    ASSERT_TRUE(world.UntilPhase("serving"));
    const auto requests = world.Ask<std::vector<std::string>>([&](FakeEngine& engine, FaultProxy&) {
      return std::vector<std::string>(engine.requests().begin() + static_cast<long>(asked),
                                      engine.requests().end());
    });
    const auto first = [&](const std::string& part) {
      return std::ranges::find_if(
                 requests,
                 [&](const std::string& each) { return each.find(part) != std::string::npos; }) -
             requests.begin();
    };
    EXPECT_EQ(first("/_ping"), 0);
    EXPECT_LT(first("/events"), first("/containers/json"));
    EXPECT_EQ(world.Seen().rotations.size(), published) << "the list was touched";

    // The new stream tells.
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(2), 0); });
    ASSERT_TRUE(world.UntilRotation("1 3"));
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    EXPECT_EQ(std::ranges::count(seen.phases, "serving"), 2);
  });
}

}  // namespace
}  // namespace fairlead::test::f02
