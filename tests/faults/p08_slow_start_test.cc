// P08: a replica needs two minutes to start, and refuses every check meanwhile.
//
// Must hold: within its start period it is not restarted, and the others serve; without one it is.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::p08 {
namespace {

using spec::CheckClass;

// 1 and 3 serve; 2 refuses, from its first check on.
void ServeBesideSlow(FaultWorld& world, const std::string& start_period) {
  for (const int number : {1, 3}) world.AddReplica(number);
  world.AddReplica(2, {{"fairlead.health.start-period", start_period}});
  world.Say(2, CheckClass::kRefused);
  world.Serve("1 3");
  for (int i = 0; i < 50; ++i) world.Say(2, CheckClass::kRefused);
}

TEST(P08SlowStart, IsLeftAloneWithinItsStartPeriod) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeBesideSlow(world, "120s");
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Report(2).out_reason, "starting");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    world.Say(2, CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

TEST(P08SlowStart, IsRepairedWhereNoStartPeriodIsAskedFor) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeBesideSlow(world, "0s");
    ASSERT_TRUE(world.UntilTold("act-permitted 2 restart"));
    world.Say(2, CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
  });
}

}  // namespace
}  // namespace fairlead::test::p08
