#include "health/schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace fairlead::health {
namespace {

constexpr TimePoint kStart{1000h};

// Runs the schedule until `end`, waking when it asks to, and notes when each target was due.
std::map<TargetKey, std::vector<Duration>> TurnsUntil(Schedule& schedule, TimePoint end) {
  std::map<TargetKey, std::vector<Duration>> due;
  for (auto next = schedule.next(); next && *next <= end; next = schedule.next()) {
    while (const auto turn = schedule.PopDue(*next)) due[turn->key].push_back(*next - kStart);
  }
  return due;
}

TEST(Schedule, ASingleNewTargetIsDueAtOnceAndThenAtItsPhaseForEver) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 300ms}, kStart);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 4s)[1],
            (std::vector<Duration>{0ms, 1300ms, 2300ms, 3300ms}));
}

TEST(Schedule, TheTurnRightAfterTheFirstCheckIsSkipped) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 600ms}, kStart);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 2s)[1], (std::vector<Duration>{0ms, 600ms, 1600ms}));
}

TEST(Schedule, FirstChecksOfManyAreSpread) {
  ProberLimits limits;
  limits.first_check_gap = 2ms;
  limits.first_checks_at_once = 3;
  Schedule schedule(limits);
  for (TargetKey key = 1; key <= 6; ++key)
    schedule.Begin(key, {.interval = 1h, .phase = 0s}, kStart);
  auto due = TurnsUntil(schedule, kStart + 1s);
  std::vector<Duration> firsts;
  for (TargetKey key = 1; key <= 6; ++key) firsts.push_back(due[key].at(0));
  EXPECT_EQ(firsts, (std::vector<Duration>{0ms, 0ms, 0ms, 2ms, 4ms, 6ms}));
}

TEST(Schedule, AnExtraCheckMovesNoRegularOne) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 0s}, kStart);
  TurnsUntil(schedule, kStart);
  schedule.CheckSoon(1, kStart + 250ms);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 2s)[1], (std::vector<Duration>{250ms, 1s, 2s}));
}

TEST(Schedule, OfTwoExtraChecksTheEarlierWins) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1h, .phase = 0s}, kStart);
  TurnsUntil(schedule, kStart);
  schedule.CheckSoon(1, kStart + 300ms);
  schedule.CheckSoon(1, kStart + 100ms);
  schedule.CheckSoon(1, kStart + 200ms);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 1s)[1], std::vector<Duration>{100ms});
}

TEST(Schedule, TurnsOfTheTransportDivideTheIntervalAndEveryCheckIsOne) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 10ms, .turns = 3}, kStart);
  std::string told;
  for (auto next = schedule.next(); *next <= kStart + 2s; next = schedule.next()) {
    const auto turn = schedule.PopDue(*next);
    told += std::to_string((*next - kStart) / 1ms) + (turn->is_check ? "!" : "") +
            (turn->is_extra ? "! " : " ");
    if (*next == kStart + 1010ms) schedule.CheckSoon(1, kStart + 1200ms);
  }
  EXPECT_EQ(told, "0!! 343 676 1010! 1200!! 1343 1676 ");
}

TEST(Schedule, ATargetThatIsRarelyCheckedIsAskedForASignOfLifeFromTheBeginning) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1h, .phase = 30min, .turns = 18'000}, kStart);
  int turns = 0;
  for (; *schedule.next() <= kStart + 10s; ++turns) schedule.PopDue(*schedule.next());
  EXPECT_GE(turns, 49);
}

TEST(Schedule, ALateTurnThatPassedACheckIsOne) {
  for (const auto& [late, is_check] : {std::pair(900ms, false), std::pair(1100ms, true)}) {
    Schedule schedule({});
    schedule.Begin(1, {.interval = 1s, .phase = 0s, .turns = 5}, kStart);
    TurnsUntil(schedule, kStart + 600ms);
    const auto turn = schedule.PopDue(kStart + late);
    ASSERT_TRUE(turn.has_value());
    EXPECT_EQ(turn->is_check, is_check);
    EXPECT_FALSE(turn->is_extra);
  }
}

TEST(Schedule, TheTransportIsAskedAtLeastAsOftenAsWantedAndNeverTooOften) {
  EXPECT_EQ(TurnsPerInterval(1s, 200ms, 100ms), 5);
  EXPECT_EQ(TurnsPerInterval(500ms, 200ms, 100ms), 3);
  EXPECT_EQ(TurnsPerInterval(100ms, 200ms, 100ms), 1);
  EXPECT_EQ(TurnsPerInterval(1s, 10ms, 100ms), 10);
  EXPECT_EQ(TurnsPerInterval(1s, 0s, 100ms), 1);
}

TEST(Schedule, AfterALongAbsenceEachTargetIsDueOnce) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 100ms, .phase = 0s}, kStart);
  schedule.Begin(2, {.interval = 1s, .phase = 0s}, kStart);
  const TimePoint late = kStart + 30s + 50ms;
  std::map<TargetKey, int> due;
  while (const auto turn = schedule.PopDue(late)) ++due[turn->key];
  EXPECT_EQ(due, (std::map<TargetKey, int>{{1, 1}, {2, 1}}));
  EXPECT_EQ(*schedule.next(), kStart + 30'100ms);
}

TEST(Schedule, WhoIsLeftAloneWakesNobodyUntilThenAndKeepsItsRhythm) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 300ms, .turns = 5}, kStart);
  TurnsUntil(schedule, kStart + 400ms);
  schedule.CheckSoon(1, kStart + 500ms);
  schedule.LeaveAlone(1, kStart + 10s);
  schedule.LeaveAlone(2, kStart + 10s);
  schedule.CheckSoon(1, kStart + 600ms);
  EXPECT_EQ(*schedule.next(), kStart + 10'100ms);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 10'400ms)[1],
            (std::vector<Duration>{10'100ms, 10'300ms}));
}

TEST(Schedule, WhoIsLeftAloneIsStillAskedWhenSomebodyWantsItLater) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1h, .phase = 30min}, kStart);
  TurnsUntil(schedule, kStart);
  schedule.CheckSoon(1, kStart + 20s);
  schedule.LeaveAlone(1, kStart + 10s);
  EXPECT_EQ(TurnsUntil(schedule, kStart + 1min)[1], std::vector<Duration>{20s});
}

TEST(Schedule, AnEndedTargetIsNeverDue) {
  Schedule schedule({});
  schedule.Begin(1, {.interval = 1s, .phase = 0s}, kStart);
  schedule.End(1);
  schedule.End(1);
  schedule.CheckSoon(1, kStart);
  EXPECT_EQ(schedule.next(), std::nullopt);
  EXPECT_FALSE(schedule.PopDue(kStart + 1h).has_value());
}

TEST(Schedule, PhasesAreStableInsideTheIntervalAndEvenlySpread) {
  EXPECT_EQ(PhaseOf("abc", 1s), PhaseOf("abc", 1s));
  std::map<std::int64_t, int> buckets;
  for (int i = 0; i < 10'000; ++i) {
    const Duration phase = PhaseOf("container-" + std::to_string(i), 1s);
    ASSERT_GE(phase, 0s);
    ASSERT_LT(phase, 1s);
    ++buckets[phase / 100ms];
  }
  for (const auto& [bucket, count] : buckets) EXPECT_NEAR(count, 1000, 150) << bucket;
}

TEST(Schedule, ManyTargetsShareTheirInstants) {
  std::set<Duration> of_a_second;
  std::set<Duration> of_the_shortest;
  for (int i = 0; i < 10'000; ++i) {
    of_a_second.insert(PhaseOf("container-" + std::to_string(i), 1s));
    of_the_shortest.insert(PhaseOf("container-" + std::to_string(i), 100ms));
  }
  EXPECT_EQ(of_a_second.size(), 100U);     // 10 ms apart
  EXPECT_EQ(of_the_shortest.size(), 50U);  // 2 ms apart
}

}  // namespace
}  // namespace fairlead::health
