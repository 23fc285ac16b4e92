#include "fleet/repair_budget.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;

const spec::RepairSpec kSpec = {.mode = spec::RepairMode::kRestart,
                                .min_available = {},
                                .max_restarts = 3,
                                .window = 10min,
                                .backoff = 10s,
                                .backoff_max = 30s,
                                .cascade = false};

TEST(RepairBudget, TheFirstRepairMayBeginAtOnce) {
  EXPECT_EQ(RepairBudget().BackingOffUntil(kSpec, TimePoint(1h)), std::nullopt);
}

TEST(RepairBudget, WaitsDoubleFromTheLastRepairUpToTheMaximum) {
  RepairBudget budget;
  const TimePoint at(1h);
  budget.Spend(at);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at), at + 10s);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at + 10s), std::nullopt);
  budget.Spend(at + 20s);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at + 20s), at + 40s);
  budget.Spend(at + 40s);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at + 40s), at + 70s) << "30s is the most";
}

TEST(RepairBudget, TenHealthyMinutesForgiveTheBackoffButNotTheCost) {
  RepairBudget budget;
  const TimePoint at(1h);
  budget.Spend(at);
  budget.Spend(at + 1s);
  budget.ObserveHealthy(at + 2s, at + 2s + 10min - 1ns);
  budget.Spend(at + 11min);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at + 11min), at + 11min + 30s)
      << "a nanosecond too early";
  budget.ObserveHealthy(at + 12min, at + 22min);
  budget.Spend(at + 23min);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, at + 23min), at + 23min + 10s);
}

TEST(RepairBudget, NothingIsLeftOfAForgivenBackoffHoweverLongItWas) {
  const spec::RepairSpec slow = {.mode = spec::RepairMode::kRestart,
                                 .min_available = {},
                                 .max_restarts = 3,
                                 .window = 10min,
                                 .backoff = 1h,
                                 .backoff_max = 1h,
                                 .cascade = false};
  RepairBudget budget;
  const TimePoint at(2h);
  budget.Spend(at);
  EXPECT_EQ(budget.BackingOffUntil(slow, at + 20min), at + 1h);
  budget.ObserveHealthy(at + 1min, at + 20min);
  EXPECT_EQ(budget.BackingOffUntil(slow, at + 20min), std::nullopt);
}

TEST(RepairBudget, IsUsedUpUntilTheWindowHasPassed) {
  RepairBudget budget;
  const TimePoint at(1h);
  for (int i = 0; i < 3; ++i) budget.Spend(at + i * 1min);
  EXPECT_TRUE(budget.IsUsedUp(kSpec, at + 10min - 1ns));
  EXPECT_FALSE(budget.IsUsedUp(kSpec, at + 10min));
  EXPECT_EQ(budget.SpentInWindow(kSpec, at + 10min), 2);
}

TEST(RepairBudget, CountsWhatIsRememberedInAnyOrder) {
  RepairBudget budget;
  budget.Spend(TimePoint(2h));
  budget.Spend(TimePoint(1h));
  EXPECT_EQ(budget.SpentInWindow(kSpec, TimePoint(2h)), 1);
  EXPECT_EQ(budget.BackingOffUntil(kSpec, TimePoint(2h)), TimePoint(2h) + 20s);
}

}  // namespace
}  // namespace fairlead::fleet
