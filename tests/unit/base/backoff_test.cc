#include "base/backoff.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

using namespace std::chrono_literals;

TEST(DoublingBackoff, DoublesUpToItsMaximum) {
  const DoublingBackoff backoff{.first = 10s, .most = 60s};
  EXPECT_EQ(backoff.Wait(0), 10s);
  EXPECT_EQ(backoff.Wait(1), 20s);
  EXPECT_EQ(backoff.Wait(2), 40s);
  EXPECT_EQ(backoff.Wait(3), 60s);
  EXPECT_EQ(backoff.Wait(1000), 60s);
}

TEST(DoublingBackoff, JitterStaysBetweenNothingAndTheWholeWait) {
  const DoublingBackoff backoff{.first = 50ms, .most = 5s};
  Rng rng(7);
  Duration smallest = 1h;
  Duration largest = 0s;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = backoff.Jittered(2, rng);
    ASSERT_GE(wait, 0s);
    ASSERT_LE(wait, 200ms);
    smallest = std::min(smallest, wait);
    largest = std::max(largest, wait);
  }
  EXPECT_LT(smallest, 20ms);
  EXPECT_GT(largest, 180ms);
}

TEST(Rng, RepeatsItselfFromTheSameSeed) {
  Rng one(42);
  Rng two(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.Next(), two.Next());
}

}  // namespace
}  // namespace fairlead
