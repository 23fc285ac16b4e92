#include "base/check.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

TEST(CheckDeathTest, EndsTheProcessAndSaysWhatDidNotHold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const int replicas = 3;
  EXPECT_DEATH(CHECK(replicas < 3), "check_test.cc.*replicas < 3");
}

TEST(Check, EvaluatesItsConditionOnceAndGoesOnWhenItHolds) {
  int evaluated = 0;
  CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(Check, IsOneStatementAfterAnIfWithoutBraces) {
  const bool is_wanted = false;
  int reached = 0;
  if (is_wanted)
    CHECK(is_wanted);
  else
    reached = 1;
  EXPECT_EQ(reached, 1);
}

}  // namespace
}  // namespace fairlead
