#include "store/records.h"

#include <gtest/gtest.h>

#include <limits>

namespace fairlead::store {
namespace {

using namespace std::chrono_literals;
using fleet::ActKind;
using fleet::ActState;
using fleet::IntentKind;
using fleet::PauseScope;

TEST(Records, EveryKindIsReadBackFromItsWord) {
  for (const auto kind : {ActKind::kRestart, ActKind::kStart, ActKind::kStop}) {
    EXPECT_EQ(ActKindFrom(WordFor(kind)), kind);
  }
  for (const auto state :
       {ActState::kPermitted, ActState::kSucceeded, ActState::kFailed, ActState::kDropped}) {
    EXPECT_EQ(ActStateFrom(WordFor(state)), state);
  }
  for (const auto kind : {IntentKind::kNone, IntentKind::kDrained, IntentKind::kEvicted}) {
    EXPECT_EQ(IntentKindFrom(WordFor(kind)), kind);
  }
  for (const auto scope :
       {PauseScope::kHost, PauseScope::kProject, PauseScope::kService, PauseScope::kReplica}) {
    EXPECT_EQ(PauseScopeFrom(WordFor(scope)), scope);
  }
}

TEST(Records, UnknownWordsAreNotGuessed) {
  EXPECT_EQ(ActKindFrom("RESTART"), std::nullopt);
  EXPECT_EQ(ActStateFrom(""), std::nullopt);
  EXPECT_EQ(IntentKindFrom("drain"), std::nullopt);
  EXPECT_EQ(PauseScopeFrom("everything"), std::nullopt);
}

constexpr ClockReading kClock = {.monotonic = TimePoint(100s),
                                 .wall_nanoseconds = 1'700'000'000'000'000'000};

TEST(Records, TimesSurviveTheWayToWallTimeAndBack) {
  for (const Duration ago : {Duration(0s), Duration(1ns), Duration(25h)}) {
    EXPECT_EQ(kClock.FromWall(kClock.ToWall(TimePoint(100s) - ago)), TimePoint(100s) - ago);
  }
}

TEST(Records, ATimeOfTheFutureCountsAsNow) {
  EXPECT_EQ(kClock.FromWall(kClock.wall_nanoseconds + 1), TimePoint(100s));
  EXPECT_EQ(kClock.FromWall(std::numeric_limits<std::int64_t>::max()), TimePoint(100s));
}

TEST(Records, ATimeBeforeTheEpochCountsAsTheEpoch) {
  EXPECT_EQ(kClock.FromWall(std::numeric_limits<std::int64_t>::min()), kClock.FromWall(0));
}

}  // namespace
}  // namespace fairlead::store
