// P10: three, five or seven of the ten replicas of a service fall silent, and the rest of the host
// is well.
//
// Must hold: half and fewer leave; of more than half all are told to callers (panic), for too few
// would be left; repairs begin for two at a time, whatever waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "faults/fault_world.h"

namespace fairlead::test::p10 {
namespace {

using spec::CheckClass;

constexpr int kReplicas = 10;
constexpr int kOthers = 8;  // of another service: so seven who fail are not half of the host
constexpr std::array kBad = {3, 5, 7};
constexpr std::size_t kAtOnce = 2;  // FleetOptions::max_concurrent_repairs

std::ptrdiff_t SizeOf(const std::string& rotation) {
  return rotation.empty() ? 0 : std::ranges::count(rotation, ' ') + 1;
}

void FailOnce(FaultWorld& world, int bad) {
  for (int number = 1; number <= bad; ++number) world.Say(number, CheckClass::kTimeout);
}

TEST(P10ManyOfAService, HalfMayLeaveMoreMayNotAndTwoAreRepairedAtOnce) {
  RepeatSideBySide(21, [](std::uint64_t seed) {
    const int bad = kBad[seed % kBad.size()];
    SCOPED_TRACE(bad);
    FaultWorld world({.seed = seed});
    for (int number = 1; number <= kReplicas; ++number) world.AddReplica(number);
    for (int number = 1; number <= kOthers; ++number)
      world.AddReplica(kReplicas + number, {{"com.docker.compose.service", "other"}});
    world.StartDaemon();
    ASSERT_TRUE(world.UntilPhase("serving"));
    const auto until_size = [&](std::ptrdiff_t size) {
      return world.Until("a list of " + std::to_string(size),
                         [&] { return SizeOf(world.Rotation()) == size; });
    };
    ASSERT_TRUE(until_size(kReplicas));
    for (int number = kReplicas + 1; number <= kReplicas + kOthers; ++number)
      ASSERT_TRUE(world.UntilTold("rotation-changed " + std::to_string(number) + " in"));
    const std::size_t lists = world.Seen().rotations.size();
    for (int i = 0; i < 3; ++i) FailOnce(world, bad);
    const bool is_panic = 2 * bad > kReplicas;
    if (is_panic) {
      ASSERT_TRUE(world.UntilTold("rotation-changed 1 in(panic)"));
    }
    ASSERT_TRUE(until_size(is_panic ? kReplicas : kReplicas - bad));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});

    for (int i = 0; i < 3; ++i) FailOnce(world, bad);
    ASSERT_TRUE(world.Until("two repairs", [&] { return world.Seen().acts.size() >= kAtOnce; }));
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Seen().acts.size(), kAtOnce) << "the others wait for their turn";
    for (int number = 1; number <= bad; ++number) world.Say(number, CheckClass::kServing);
    ASSERT_TRUE(until_size(kReplicas));

    const Witness seen = world.Seen();
    for (std::size_t i = lists; i < seen.rotations.size(); ++i)
      EXPECT_GE(SizeOf(seen.rotations[i]), kReplicas / 2) << seen.rotations[i];
    EXPECT_EQ(world.TimesTold("brake-changed  on"), 0);
  });
}

}  // namespace
}  // namespace fairlead::test::p10
