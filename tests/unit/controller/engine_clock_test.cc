#include "controller/engine_clock.h"

#include <gtest/gtest.h>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kTold{1h};
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kToldNs = 1'700'000'000 * kSecond;

TEST(EngineClock, GoesOnAfterItWasTold) {
  const EngineClock clock(kToldNs, kTold);
  EXPECT_EQ(clock.At(kTold + 3s), kToldNs + 3 * kSecond);
  EXPECT_EQ(clock.OfHistory(kToldNs - 2 * kSecond), kTold - 2s);
}

TEST(EngineClock, AStampOfAnotherTimeIsNotCompared) {
  const EngineClock clock(kToldNs, kTold);
  const TimePoint now = kTold + 10s;
  const std::int64_t now_ns = kToldNs + 10 * kSecond;
  EXPECT_EQ(clock.OfLive(now_ns - kSecond, now), now_ns - kSecond);
  EXPECT_EQ(clock.OfLive(now_ns - 6 * kSecond, now), 0);
  EXPECT_EQ(clock.OfLive(now_ns + 6 * kSecond, now), 0);
}

TEST(EngineClock, ALifeMayBeOldButNotOfTheFuture) {
  const EngineClock clock(kToldNs, kTold);
  EXPECT_EQ(clock.OfStart(kToldNs - 9'000 * kSecond, kTold), kToldNs - 9'000 * kSecond);
  EXPECT_EQ(clock.OfStart(kToldNs + 6 * kSecond, kTold), 0);
}

}  // namespace
}  // namespace fairlead::controller
