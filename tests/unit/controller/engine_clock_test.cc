#include "controller/engine_clock.h"

#include <gtest/gtest.h>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kTold{1h};
constexpr Duration kBeat = 5s;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kToldNs = 1'700'000'000 * kSecond;

TEST(EngineClock, GoesOnAfterItWasTold) {
  const EngineClock clock(kToldNs, kTold, kBeat);
  EXPECT_EQ(clock.At(kTold + 3s), kToldNs + 3 * kSecond);
  EXPECT_EQ(clock.OfHistory(kToldNs - 2 * kSecond), kTold - 2s);
}

TEST(EngineClock, AStampOfAnotherTimeIsNotCompared) {
  EngineClock clock(kToldNs, kTold, kBeat);
  clock.Beat(kTold + 5s);
  const TimePoint now = kTold + 10s;
  clock.Beat(now);
  const std::int64_t now_ns = kToldNs + 10 * kSecond;
  EXPECT_EQ(clock.OfEvent(now_ns - kSecond, false, now).stamp_ns, now_ns - kSecond);
  EXPECT_EQ(clock.OfEvent(now_ns - 6 * kSecond, false, now).stamp_ns, 0);
  EXPECT_EQ(clock.OfEvent(now_ns + 6 * kSecond, false, now).stamp_ns, 0);
  // What comes at once is of now, whatever its stamp.
  EXPECT_EQ(clock.OfEvent(now_ns - kSecond, false, now).at, now);
  EXPECT_EQ(clock.OfEvent(now_ns - 6 * kSecond, false, now).at, now);
}

TEST(EngineClock, WhatWaitedWhileNobodyListenedIsOfItsStamp) {
  EngineClock clock(kToldNs, kTold, kBeat);
  const TimePoint now = kTold + 50s;
  clock.Beat(now);
  const auto waited = clock.OfEvent(kToldNs + 12 * kSecond, false, now);
  EXPECT_EQ(waited.stamp_ns, kToldNs + 12 * kSecond);
  EXPECT_EQ(waited.at, kTold + 12s);
  EXPECT_EQ(clock.OfEvent(kToldNs + 52 * kSecond, false, now).at, now);
  for (const std::int64_t other : {kToldNs - 6 * kSecond, kToldNs + 56 * kSecond}) {
    EXPECT_EQ(clock.OfEvent(other, false, now).stamp_ns, 0);
    EXPECT_EQ(clock.OfEvent(other, false, now).at, now);
  }
}

TEST(EngineClock, TheHistoryIsOfItsStampAndNotOfTheFuture) {
  const EngineClock clock(kToldNs, kTold, kBeat);
  EXPECT_EQ(clock.OfEvent(kToldNs - 90 * kSecond, true, kTold).at, kTold - 90s);
  EXPECT_EQ(clock.OfEvent(kToldNs + 90 * kSecond, true, kTold).at, kTold);
  EXPECT_EQ(clock.OfEvent(kToldNs + 90 * kSecond, true, kTold).stamp_ns, kToldNs + 90 * kSecond);
}

TEST(EngineClock, ALifeMayBeOldButNotOfTheFuture) {
  const EngineClock clock(kToldNs, kTold, kBeat);
  EXPECT_EQ(clock.OfStart(kToldNs - 9'000 * kSecond, kTold), kToldNs - 9'000 * kSecond);
  EXPECT_EQ(clock.OfStart(kToldNs + 6 * kSecond, kTold), 0);
}

}  // namespace
}  // namespace fairlead::controller
