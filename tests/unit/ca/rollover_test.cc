// Which root signs, and when there is to be another, on a clock of days.
#include "ca/rollover.h"

#include <gtest/gtest.h>

#include "ca/authority.h"

namespace fairlead::ca {
namespace {

using std::chrono::days;

// A root that was made on this day.
Span MadeOn(int day) {
  const Wall made{days(day)};
  return {.begin = made - kRootBackdate, .end = made + kRootLife};
}

RootPlan PlanOn(int day, const std::vector<Span>& roots) {
  return PlanRoots(roots, Wall{days(day)});
}

constexpr int kFirst = 20'000;
constexpr int kEnd = kFirst + 3650;

TEST(PlanRoots, TheFirstIsMadeAndSignsAtOnce) {
  EXPECT_EQ(PlanOn(kFirst, {}), (RootPlan{.makes_one = true}));
  EXPECT_EQ(PlanOn(kFirst, {MadeOn(kFirst)}), (RootPlan{.signer = 0}));
  EXPECT_EQ(PlanOn(kEnd - 91, {MadeOn(kFirst)}), (RootPlan{.signer = 0}));
}

TEST(PlanRoots, ItsSuccessorIsMadeEarlyAndSignsOnceItHasSpread) {
  const int made = kEnd - 90;
  EXPECT_EQ(PlanOn(made, {MadeOn(kFirst)}), (RootPlan{.makes_one = true, .signer = 0}));
  const std::vector<Span> both = {MadeOn(kFirst), MadeOn(made)};
  EXPECT_EQ(PlanOn(made, both), (RootPlan{.signer = 0}));
  EXPECT_EQ(PlanOn(made + 29, both), (RootPlan{.signer = 0}));
  EXPECT_EQ(PlanOn(made + 30, both), (RootPlan{.signer = 1}));
  EXPECT_EQ(PlanOn(kEnd + 1, both), (RootPlan{.signer = 1}));
}

TEST(PlanRoots, AfterALongSleepTheNextIsMadeAndSignsAtOnceIfNoOtherCan) {
  EXPECT_EQ(PlanOn(kEnd + 5, {MadeOn(kFirst)}), (RootPlan{.makes_one = true}));
  EXPECT_EQ(PlanOn(kEnd + 5, {MadeOn(kFirst), MadeOn(kEnd + 5)}), (RootPlan{.signer = 1}));
  // Two days were left when it woke up: the old one signs for as long as it can.
  const std::vector<Span> both = {MadeOn(kFirst), MadeOn(kEnd - 2)};
  EXPECT_EQ(PlanOn(kEnd - 1, both), (RootPlan{.signer = 0}));
  EXPECT_EQ(PlanOn(kEnd, both), (RootPlan{.signer = 1}));
}

TEST(PlanRoots, AClockThatWasSetForwardAndBackChangesNothingForLong) {
  const std::vector<Span> roots = {MadeOn(kFirst), MadeOn(kFirst + 30'000)};
  EXPECT_EQ(PlanOn(kFirst + 30'000, roots), (RootPlan{.signer = 1}));
  EXPECT_EQ(PlanOn(kFirst + 1, roots), (RootPlan{.signer = 0}));
}

TEST(PlanRoots, AClockBeforeAllOfThemMakesNoneAndSignsNothing) {
  EXPECT_EQ(PlanOn(0, {MadeOn(kFirst)}), (RootPlan{.is_clock_early = true}));
  EXPECT_EQ(PlanOn(kFirst - 1, {MadeOn(kFirst)}), (RootPlan{.signer = 0})) << "within a day";
}

}  // namespace
}  // namespace fairlead::ca
