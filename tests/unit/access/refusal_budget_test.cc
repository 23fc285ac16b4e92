#include "access/refusal_budget.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace fairlead::access {
namespace {

using namespace std::chrono_literals;

TEST(RefusalBudget, OneWhoIsRefusedForEverHidesNobodyElse) {
  RefusalBudget budget;
  const TimePoint now;
  int told = 0;
  for (int i = 0; i < 10'000; ++i) told += budget.Take("hostile", now).has_value() ? 1 : 0;
  EXPECT_EQ(told, RefusalBudget::kPerAccountHourMax);
  EXPECT_EQ(budget.Take("another", now), 9'990U);
  EXPECT_EQ(budget.Take("another", now), 0U);
}

TEST(RefusalBudget, ManyTogetherTellNoMoreThanTheHourHas) {
  RefusalBudget budget;
  const TimePoint now;
  int told = 0;
  for (int i = 0; i < 10'000; ++i)
    told += budget.Take("uid " + std::to_string(i), now).has_value() ? 1 : 0;
  EXPECT_EQ(told, RefusalBudget::kPerHourMax);
  EXPECT_EQ(budget.Take("uid 1", now + 59min), std::nullopt);
  EXPECT_EQ(budget.Take("uid 1", now + 60min), 10'000U - RefusalBudget::kPerHourMax + 1);
}

}  // namespace
}  // namespace fairlead::access
