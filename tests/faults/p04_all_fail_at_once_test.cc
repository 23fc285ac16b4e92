// P04: every check of this host fails at once.
//
// Must hold: before anybody has left his list the brake is on; nobody leaves, nothing is repaired.
// When they answer again it ends, and who fails alone is repaired as ever.
#include <gtest/gtest.h>

#include "faults/fault_world.h"

namespace fairlead::test::p04 {
namespace {

using spec::CheckClass;

const std::vector<int> kAll = {1, 2, 3, 4};

TEST(P04AllFailAtOnce, NobodyLeavesAndNothingIsRepairedUntilTheyAnswerAgain) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : kAll) {
      world.AddReplica(
          number, {{"fairlead.health.interval", "200ms"}, {"fairlead.health.timeout", "100ms"}});
    }
    world.Serve("1 2 3 4");
    const std::size_t lists = world.Seen().rotations.size();
    for (int i = 0; i < 10; ++i) {
      for (const int number : kAll) world.Say(number, CheckClass::kTimeout);
    }
    ASSERT_TRUE(world.UntilTold("brake-changed  on"));
    ASSERT_TRUE(world.UntilListedAgain());
    const Witness meanwhile = world.Seen();
    for (std::size_t i = lists; i < meanwhile.rotations.size(); ++i)
      EXPECT_EQ(meanwhile.rotations[i], "1 2 3 4");
    EXPECT_EQ(meanwhile.acts, std::vector<std::string>{});

    for (const int number : kAll) world.Say(number, CheckClass::kServing);
    ASSERT_TRUE(world.UntilTold("brake-changed  off"));
    EXPECT_EQ(world.Rotation(), "1 2 3 4");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    for (int i = 0; i < 5; ++i) world.Say(2, CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilTold("act-permitted 2 restart"));
    world.Say(2, CheckClass::kServing);
    ASSERT_TRUE(world.UntilTold("act-finished 2 verified"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{"restart 2"});
  });
}

}  // namespace
}  // namespace fairlead::test::p04
