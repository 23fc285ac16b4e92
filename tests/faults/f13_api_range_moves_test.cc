// F13: the engine comes back with another range of API versions: upgraded, or set back.
//
// Must hold: the version is agreed on anew; where none fits, people are told which and what to do,
// and what is known is kept until one does.
#include <gtest/gtest.h>

#include <algorithm>

#include "docker/api_version.h"
#include "faults/fault_world.h"

namespace fairlead::test::f13 {
namespace {

void ComeBackAs(FaultWorld& world, const std::string& oldest, const std::string& newest) {
  world.Do([](FakeEngine& engine, FaultProxy&) { engine.Crash(); });
  ASSERT_TRUE(world.UntilPhase("stale"));
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    engine.shape().api_min = oldest;
    engine.shape().api_version = newest;
    engine.ComeBack();
  });
}

std::string LastAsked(FaultWorld& world) {
  return world.Ask<std::string>([](FakeEngine& engine, FaultProxy&) {
    const auto& requests = engine.requests();
    const auto last = std::find_if(requests.rbegin(), requests.rend(), [](const std::string& each) {
      return each.find("/containers/json") != std::string::npos;
    });
    return last->substr(0, last->find("/containers"));
  });
}

TEST(F13ApiRangeMoves, AVersionThatFitsIsAgreedOnAnew) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed, .shape = "docker-20.10"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    EXPECT_EQ(LastAsked(world), "GET /v1.41");
    // Raised above what was agreed on, and back below.
    ComeBackAs(world, "1.44", "1.48");
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_EQ(LastAsked(world), "GET /v1.48");
    ComeBackAs(world, "1.12", "1.40");
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_EQ(LastAsked(world), "GET /v1.40");
    EXPECT_EQ(world.Rotation(), "1 2 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

TEST(F13ApiRangeMoves, OneThatFitsNobodyIsExplainedAndWhatIsKnownIsKept) {
  struct Range {
    const char* oldest;
    const char* newest;
    const char* named;
  };
  const std::vector<Range> ranges = {
      {.oldest = "1.12", .newest = "1.38", .named = "upgrade the engine"},
      {.oldest = "2.0", .newest = "2.3", .named = "upgrade fairlead"},
      {.oldest = "1.90", .newest = "1.99", .named = "1.90"}};
  Repeat(20, [&](std::uint64_t seed) {
    const Range& range = ranges.at(seed % ranges.size());
    FaultWorld world({.seed = seed, .shape = "docker-20.10"});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const std::size_t published = world.Seen().rotations.size();
    ComeBackAs(world, range.oldest, range.newest);
    ASSERT_TRUE(world.Until("it is explained", [&] {
      return world.Inventory().code == "engine-unsupported" &&
             world.Inventory().reason.find(range.named) != std::string::npos;
    }));
    EXPECT_EQ(world.Phase(), "stale");
    EXPECT_EQ(world.Seen().rotations.size(), published) << "the list was touched";
    ComeBackAs(world, "1.12", "1.43");
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_EQ(LastAsked(world), "GET /v1.43");
    EXPECT_EQ(world.Rotation(), "1 2 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f13
