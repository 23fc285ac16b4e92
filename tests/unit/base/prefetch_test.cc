#include "base/prefetch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead {
namespace {

TEST(FetchInSteps, TakesEachStepOfAnObjectInOrderAndBeforeItsTurn) {
  constexpr std::size_t kTurns = 20;
  constexpr std::size_t kSteps = 3;
  std::vector<std::string> steps(kTurns);
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    // The first ones come too soon to be fetched ahead.
    if (turn >= 2 * kSteps) {
      EXPECT_EQ(steps[turn], "012") << turn;
    }
    FetchInSteps(turn, kTurns, kSteps, [&](std::size_t later, std::size_t step) {
      ASSERT_GT(later, turn);
      ASSERT_LT(later, kTurns);
      steps[later] += std::to_string(step);
    });
  }
}

TEST(FetchInSteps, LeavesALoopOfOneAlone) {
  FetchInSteps(0, 1, 3, [](std::size_t, std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace fairlead
