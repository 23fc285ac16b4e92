// F26: a container lives in the network namespace of another (network_mode "container:..."), and
// the lender fails.
//
// Must hold: the group is refused, as "namespace-shared": a restart would leave the lodger without
// a network. A person is refused, too, until forced; and when the lodger has gone, the lender is an
// ordinary replica again.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::f26 {
namespace {

// Replica 4, of a service of its own, lives in the network of 2.
void ServeGroup(FaultWorld& world) {
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.AddReplica(4, {{"com.docker.compose.service", "side"}});
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    FakeContainer& lodger = engine.host().At(world.IdOf(4));
    lodger.network_mode = "container:" + world.IdOf(2);
    lodger.networks.clear();
  });
  world.Serve("1 2 3");
  // An engine that is late with one container holds up nobody's start: its inspect may still be
  // out.
  ASSERT_TRUE(world.UntilTold("replica-seen 4 running"));
}

TEST(F26NetworkNamespaceIsShared, TheLenderIsLeftAloneAndPeopleAreTold) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeGroup(world);
    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilTold("repair-changed 2 held(namespace-shared)"));
    EXPECT_EQ(world.Rotation(), "1 3");
    for (const auto verb : {fleet::OperatorVerb::kRestart, fleet::OperatorVerb::kEvict}) {
      const Result<> answer = world.Command(verb, 2);
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, Code::kFailedPrecondition);
      EXPECT_NE(answer.error().message.find("side.shop/4 shares its network"), std::string::npos)
          << answer.error().message;
    }
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
  });
}

TEST(F26NetworkNamespaceIsShared, WithoutTheLodgerItIsRepaired) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeGroup(world);
    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilTold("repair-changed 2 held(namespace-shared)"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      if (seed % 2 == 0) {
        engine.host().StopByOthers(world.IdOf(4), 1);
      } else {
        engine.host().Remove(world.IdOf(4));
      }
    });
    ASSERT_TRUE(world.UntilTold("repair-changed 2 acting(restart)"));
    world.Say(2, spec::CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{"restart 2"});
    EXPECT_EQ(world.PostsAbout(4), std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f26
