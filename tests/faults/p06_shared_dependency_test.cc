// P06: what all replicas of a service need is down, and each of them says NOT_SERVING.
//
// Must hold: nobody is ever restarted for it; while all say it, callers keep the whole list.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::p06 {
namespace {

using spec::CheckClass;

TEST(P06SharedDependency, WhoAllSayNotServingAreToldToCallersAndNeverRestarted) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    for (int i = 0; i < 20; ++i) {
      for (const int number : {1, 2, 3}) world.Say(number, CheckClass::kNotServing);
    }
    ASSERT_TRUE(world.UntilTold("rotation-changed 3 in(panic)"));
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    ASSERT_TRUE(world.UntilListedAgain());
    for (const int number : {1, 2, 3}) world.Say(number, CheckClass::kServing);
    for (const int number : {1, 2, 3})
      ASSERT_TRUE(world.UntilTold("readiness-changed " + std::to_string(number) + " ready", 2));
    ASSERT_TRUE(world.UntilRotation("1 2 3"));

    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    EXPECT_EQ(std::ranges::count(seen.rotations, ""), 0) << "an empty list";
  });
}

}  // namespace
}  // namespace fairlead::test::p06
