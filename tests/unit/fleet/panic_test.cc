#include "fleet/panic.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

bool IsPanic(int in, int countable, bool was_panic = false, int threshold = 50) {
  return DecidePanic({.countable = countable, .in = in, .not_serving = 0}, threshold, was_panic)
      .is_panic;
}

TEST(Panic, BeginsBelowTheThreshold) {
  EXPECT_FALSE(IsPanic(1, 2));
  EXPECT_TRUE(IsPanic(0, 2));
  EXPECT_TRUE(IsPanic(1, 3));
  EXPECT_FALSE(IsPanic(2, 3));
  EXPECT_TRUE(IsPanic(0, 1));
  EXPECT_FALSE(IsPanic(0, 0)) << "where nobody counts there is no panic";
  EXPECT_FALSE(IsPanic(0, 4, false, 0)) << "a threshold of nothing turns it off";
}

TEST(Panic, EndsAtTheThresholdPlusOneReplica) {
  EXPECT_TRUE(IsPanic(5, 10, true));
  EXPECT_FALSE(IsPanic(6, 10, true));
  EXPECT_FALSE(IsPanic(1, 1, true)) << "all of them are always enough";
  EXPECT_TRUE(IsPanic(1, 2, true));
  EXPECT_FALSE(IsPanic(2, 2, true));
}

TEST(Panic, ThoseThatSayNotServingReturnOnlyWhenAllOfTwoOrMoreSayIt) {
  EXPECT_FALSE(
      DecidePanic({.countable = 1, .in = 0, .not_serving = 1}, 50, false).not_serving_return);
  EXPECT_TRUE(
      DecidePanic({.countable = 2, .in = 0, .not_serving = 2}, 50, false).not_serving_return);
  EXPECT_FALSE(
      DecidePanic({.countable = 3, .in = 0, .not_serving = 2}, 50, false).not_serving_return);
}

}  // namespace
}  // namespace fairlead::fleet
