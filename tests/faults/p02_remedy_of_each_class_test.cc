// P02: checks are refused, reset, meet TLS where none is expected, or are answered with nonsense.
//
// Must hold: whatever the class, the replica is out; only silence leads to a restart, for a restart
// mends neither a certificate nor a port that speaks something else. What becomes which class:
// tests/integration/health.
#include <gtest/gtest.h>

#include <array>

#include "faults/fault_world.h"

namespace fairlead::test::p02 {
namespace {

using spec::CheckClass;

constexpr std::array kClasses = {CheckClass::kRefused,       CheckClass::kReset,
                                 CheckClass::kTimeout,       CheckClass::kClosed,
                                 CheckClass::kTls,           CheckClass::kProtocol,
                                 CheckClass::kUnimplemented, CheckClass::kServiceUnknown,
                                 CheckClass::kHttpStatus,    CheckClass::kNotServing};
constexpr int kChecks = 12;  // more than twice liveness.fall

TEST(P02RemedyOfEachClass, IsARestartForSilenceAndNothingElse) {
  RepeatSideBySide(2 * kClasses.size(), [](std::uint64_t seed) {
    const CheckClass outcome = kClasses[seed % kClasses.size()];
    SCOPED_TRACE(spec::CheckClassName(outcome));
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    for (int i = 0; i < kChecks; ++i) world.Say(2, outcome);
    ASSERT_TRUE(world.UntilRotation("1 3"));
    if (spec::IsLivenessClass(outcome)) {
      ASSERT_TRUE(world.UntilTold("act-permitted 2 restart"));
    } else {
      ASSERT_TRUE(world.UntilListedAgain());
      EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
    }
    for (int i = 0; i < kChecks; ++i) world.Say(2, CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_LE(world.Seen().acts.size(), spec::IsLivenessClass(outcome) ? 1U : 0U);
  });
}

}  // namespace
}  // namespace fairlead::test::p02
