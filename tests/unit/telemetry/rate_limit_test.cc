#include "telemetry/rate_limit.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, CountsWhatItHeldBackAndTellsItOnce) {
  RateLimit limit(2, 10s);
  EXPECT_EQ(limit.Admit("a", TimePoint(0s)), 0U);
  EXPECT_EQ(limit.Admit("a", TimePoint(1s)), 0U);
  EXPECT_EQ(limit.Admit("a", TimePoint(2s)), std::nullopt);
  EXPECT_EQ(limit.Admit("a", TimePoint(9999ms)), std::nullopt);
  EXPECT_EQ(limit.Admit("a", TimePoint(10s)), 2U);
  EXPECT_EQ(limit.Admit("a", TimePoint(11s)), 0U);
  EXPECT_EQ(limit.Admit("a", TimePoint(12s)), std::nullopt);
}

TEST(RateLimit, KeysDoNotDisturbEachOther) {
  RateLimit limit(1, 10s);
  EXPECT_EQ(limit.Admit("a", TimePoint(0s)), 0U);
  EXPECT_EQ(limit.Admit("b", TimePoint(0s)), 0U);
  EXPECT_EQ(limit.Admit("a", TimePoint(0s)), std::nullopt);
}

TEST(RateLimit, TooManyKeysShareOneInsteadOfGrowing) {
  RateLimit limit(1, 10s);
  for (std::size_t i = 0; i < RateLimit::kKeysMax; ++i) {
    EXPECT_EQ(limit.Admit(std::to_string(i), TimePoint(0s)), 0U);
  }
  EXPECT_EQ(limit.Admit("one more", TimePoint(1s)), 0U);
  EXPECT_EQ(limit.Admit("and another", TimePoint(1s)), std::nullopt);
  EXPECT_EQ(limit.Admit("fresh", TimePoint(20s)), 0U) << "old windows make room";
}

}  // namespace
}  // namespace fairlead::telemetry
