#include "fleet/recent_checks.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;

spec::CheckOutcome Outcome(spec::CheckClass check_class, Duration latency) {
  spec::CheckOutcome outcome;
  outcome.check_class = check_class;
  outcome.latency = latency;
  return outcome;
}

TEST(RecentChecks, TellsTheNewestFirstWithAgeAndTime) {
  RecentChecks checks;
  EXPECT_EQ(checks.Text(TimePoint(1h)), "");
  checks.Observe(Outcome(spec::CheckClass::kServing, 400us), TimePoint(1h));
  checks.Observe(Outcome(spec::CheckClass::kTimeout, 1s), TimePoint(1h) + 2s);
  EXPECT_EQ(checks.Text(TimePoint(1h) + 2500ms),
            "timeout 0.5s ago in 1000.0ms, serving 2.5s ago in 0.4ms");
}

TEST(RecentChecks, TellsNoMoreThanARestartIsDecidedOn) {
  RecentChecks checks;
  for (int i = 0; i < 12; ++i)
    checks.Observe(Outcome(spec::CheckClass::kRefused, 1ms), TimePoint(1h) + i * 1s);
  EXPECT_EQ(checks.Text(TimePoint(1h) + 11s),
            "refused 0.0s ago in 1.0ms, refused 1.0s ago in 1.0ms, refused 2.0s ago in 1.0ms, "
            "refused 3.0s ago in 1.0ms, refused 4.0s ago in 1.0ms");
}

TEST(RecentChecks, KeepsTheNewestTwenty) {
  RecentChecks checks;
  EXPECT_TRUE(checks.Newest().empty());
  for (int i = 0; i < 23; ++i)
    checks.Observe(Outcome(spec::CheckClass::kRefused, i * 1ms), TimePoint(1h) + i * 1s);
  const std::vector<RecentCheck> newest = checks.Newest();
  ASSERT_EQ(newest.size(), 20U);
  EXPECT_EQ(newest.front().latency, Duration(22ms));
  EXPECT_EQ(newest.back().latency, Duration(3ms));
  EXPECT_EQ(newest.back().at, TimePoint(1h) + 3s);
}

}  // namespace
}  // namespace fairlead::fleet
