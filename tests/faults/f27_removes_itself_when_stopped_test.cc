// F27: the engine removes a container when it stops (AutoRemove, `docker run --rm`).
//
// Must hold: we never stop it by ourselves, neither to restart nor to evict; a person may, but only
// by force; that it is gone after its own end is no failure.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::f27 {
namespace {

void ServeWithPassing(FaultWorld& world, std::map<std::string, std::string> labels = {}) {
  for (const int number : {1, 3}) world.AddReplica(number);
  world.AddReplica(2, std::move(labels));
  world.Do(
      [&](FakeEngine& engine, FaultProxy&) { engine.host().At(world.IdOf(2)).auto_remove = true; });
  world.Serve("1 2 3");
}

TEST(F27RemovesItselfWhenStopped, HoweverItFailsItIsOnlyTakenOut) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    const char* mode = seed % 2 == 0 ? "evict" : "restart";
    ServeWithPassing(world, {{"fairlead.repair", mode}});
    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilTold("repair-changed 2 held(not-managed)"));
    EXPECT_EQ(world.Rotation(), "1 3");
    const Result<> answer = world.Command(fleet::OperatorVerb::kEvict, 2);
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message.find("AutoRemove"), std::string::npos);
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
  });
}

TEST(F27RemovesItselfWhenStopped, ByForceAPersonMay) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeWithPassing(world);
    world.Submit({.verb = fleet::OperatorVerb::kEvict,
                  .replica = "user-service.shop/2",
                  .actor = "uid 0",
                  .reason = "row",
                  .force = true},
                 [](const Result<>&) {});
    ASSERT_TRUE(world.UntilTold("replica-gone 2 gone"));
    EXPECT_EQ(world.Rotation(), "1 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{"stop 2"});
  });
}

TEST(F27RemovesItselfWhenStopped, ItsOwnEndIsNoFailure) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeWithPassing(world);
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.host().Exit(world.IdOf(2), seed % 2 == 0 ? 0 : 7);
    });
    ASSERT_TRUE(world.UntilTold("replica-gone 2 gone"));
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Rotation(), "1 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f27
