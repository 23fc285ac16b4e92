#include "h2/connection_age.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fairlead::h2 {
namespace {

TEST(ConnectionAge, IsWithinATenthAndSpreadOverIt) {
  Rng chance(7);
  std::vector<Duration> ages(1'000);
  for (Duration& age : ages) age = AgeOf(std::chrono::minutes(30), chance);
  std::ranges::sort(ages);
  EXPECT_GE(ages.front(), std::chrono::minutes(27));
  EXPECT_LE(ages.back(), std::chrono::minutes(33));
  // A tenth of all ends within a tenth of the six minutes, not at once.
  for (std::size_t i = 100; i < ages.size(); i += 100) {
    EXPECT_GT(ages[i] - ages[i - 100], std::chrono::seconds(20)) << i;
  }
}

}  // namespace
}  // namespace fairlead::h2
