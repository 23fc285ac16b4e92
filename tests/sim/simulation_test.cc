// The simulation as a test: many seeds, and that a run can be replayed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "sim/crowd.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

bool IsSoak() {
  return std::getenv("FAIRLEAD_SOAK") != nullptr;
}

TEST(Simulation, KeepsEveryPromiseUnderEveryMixtureOfFaults) {
  const CrowdResult all =
      RunCrowd({.seeds = FAIRLEAD_SIM_SEEDS, .each = {.length = IsSoak() ? 24h : 1h}});
  EXPECT_THAT(all.broken, IsEmpty()) << all.Text();
  // A simulation in which nothing happens keeps every promise, too.
  EXPECT_GT(all.checks, all.seeds * 50'000) << all.Text();
  EXPECT_GT(all.lives, all.seeds) << all.Text();
  EXPECT_GT(all.figures.views, all.seeds * 50) << all.Text();
  EXPECT_GT(all.figures.applied, all.figures.views) << all.Text();
  EXPECT_GT(all.figures.acts_served, all.seeds * 5) << all.Text();
  if (all.seeds >= 100) {
    EXPECT_GT(all.figures.pauses, all.seeds) << all.Text();
    EXPECT_GT(all.figures.pauses_outlived, all.seeds / 2) << all.Text();
    EXPECT_GT(all.figures.cascades, all.seeds / 4) << all.Text();
    EXPECT_GT(all.figures.denials, all.seeds / 4) << all.Text();
    EXPECT_GT(all.figures.cuts, all.seeds / 2) << all.Text();
    EXPECT_GT(all.figures.canary_failures, all.seeds / 4) << all.Text();
    EXPECT_GT(all.figures.braked, all.seeds / 4) << all.Text();
  }
  // What clients acknowledge and what the transport does are no events of the core: nearly all of
  // its steps are checks.
  EXPECT_LT(all.steps, all.checks * 11 / 10) << all.Text();
  RecordProperty("figures", all.Text());
  fmt::print("{}", all.Text());
}

// A lossy path costs checks, and nobody his process: what is late is asked again beside the rhythm.
TEST(Simulation, ChecksThatAreLostByChanceRestartNobody) {
  constexpr std::uint64_t kOneInTwenty = 500;
  const CrowdResult all =
      RunCrowd({.seeds = IsSoak() ? 24U : FAIRLEAD_SIM_LOSSY_SEEDS,
                .each = {.length = IsSoak() ? 24h : 1h,
                         .plan = FaultPlan{.rates = {.check_lost = kOneInTwenty}},
                         .first_life_after = 30s}});
  EXPECT_THAT(all.broken, IsEmpty()) << all.Text();
  EXPECT_EQ(all.figures.permits, 0U) << all.Text();
  EXPECT_GE(all.checks, IsSoak() ? 100'000'000U : all.seeds * 100'000) << all.Text();
  fmt::print("{}", all.Text());
}

TEST(Simulation, EqualSeedsGiveEqualRunsToTheLastEvent) {
  const auto run = [](std::uint64_t seed) {
    return Simulation({.seed = seed, .replicas = 20, .length = 15min}).Run().trace_hash;
  };
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::uint64_t first = run(seed);
    EXPECT_EQ(run(seed), first) << "seed " << seed;
    hashes.insert(first);
  }
  EXPECT_EQ(hashes.size(), 4U);
}

// Runs short hosts side by side, each with its own fail points.
template <class Run>
void SideBySide(std::size_t count, const Run& run) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) run(i);
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) workers.emplace_back(work);
  work();
}

TEST(Simulation, ALifeEndsAtEachOfManyPointsAndNothingIsDoneTwiceOrForgotten) {
  const auto run = [](std::uint64_t seed, FailPoints& points) {
    return Simulation({.seed = seed, .replicas = 20, .length = 20min, .fail_points = &points})
        .Run();
  };
  std::vector<FailPoints> heard(FAIRLEAD_SIM_FAIL_POINT_SEEDS);
  SideBySide(heard.size(), [&](std::size_t i) { run(i + 1, heard[i]); });
  std::map<std::string, std::uint64_t> first_seeds;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    for (const std::string& point : heard[i].reached()) first_seeds.emplace(point, i + 1);
  }
  EXPECT_GE(first_seeds.size(), 40U);
  std::vector<std::pair<std::string, std::uint64_t>> points(first_seeds.begin(), first_seeds.end());
  // Under the sanitizers a few of them.
  std::vector<std::pair<std::string, std::uint64_t>> chosen;
  for (std::size_t i = 0; i < points.size(); i += FAIRLEAD_SIM_FAIL_POINT_STEP)
    chosen.push_back(points[i]);
  std::vector<std::string> wrong(chosen.size());
  SideBySide(chosen.size(), [&](std::size_t i) {
    FailPoints ends(chosen[i].first);
    const SimResult result = run(chosen[i].second, ends);
    if (!ends.has_died()) wrong[i] = "no life ended there";
    if (!result.broken.empty())
      wrong[i] = result.broken.front().rule + ": " + result.broken.front().what;
  });
  for (std::size_t i = 0; i < chosen.size(); ++i)
    EXPECT_EQ(wrong[i], "") << "seed " << chosen[i].second << ", " << chosen[i].first;
  RecordProperty("fail points", std::to_string(points.size()));
  fmt::print("{} fail points, a life ended at {} of them\n", points.size(), chosen.size());
}

TEST(Simulation, ATraceThatIsReadIsTheSameRun) {
  std::size_t lines = 0;
  const SimOptions quiet{.seed = 3, .replicas = 10, .length = 15min};
  SimOptions read = quiet;
  read.print = [&](std::string_view) { ++lines; };
  EXPECT_EQ(Simulation(read).Run().trace_hash, Simulation(quiet).Run().trace_hash);
  EXPECT_GT(lines, 50U);
}

TEST(Timeline, WhatIsDueAtOneMomentHappensInTheOrderInWhichItWasPlanned) {
  Timeline timeline;
  std::string order;
  const TimePoint start = timeline.now();
  timeline.After(2s, [&] { order += "c"; });
  timeline.After(1s, [&] {
    order += "a";
    timeline.At(start, [&] { order += "b"; });  // of the past: now
  });
  timeline.After(2s, [&] { order += "d"; });
  timeline.After(3s, [&] { order += "e"; });
  timeline.RunUntil(start + 2s);
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(timeline.now(), start + 2s);
  EXPECT_EQ(timeline.waiting(), 1U);
}

TEST(FaultPlan, DrawsEveryKindOfFaultAndNoneOutsideItsTime) {
  std::set<FaultKind> drawn;
  const TimePoint from(10min);
  const TimePoint until(60min);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Chance chance(seed);
    TimePoint last = from;
    for (const Fault& fault : DrawPlan(chance, from, until, 50).faults) {
      ASSERT_GE(fault.at, last);
      last = fault.at;
      const bool lasts = fault.kind != FaultKind::kClockJumps;
      ASSERT_LE(fault.at + (lasts ? fault.span : 0ns), until) << FaultName(fault.kind);
      EXPECT_NE(FaultName(fault.kind), "");
      drawn.insert(fault.kind);
    }
  }
  EXPECT_EQ(drawn.size(), static_cast<std::size_t>(FaultKind::kClientSlow) + 1);
}

}  // namespace
}  // namespace fairlead::sim
