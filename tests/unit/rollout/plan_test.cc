#include "rollout/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace fairlead::rollout {
namespace {

// One character a replica, in the order of their numbers from 1: old ones serve `o`, run without
// serving `u`, are drained `d` or stopped `x`; new ones serve `N`, do not yet `n`, are drained `D`
// or were never started `c`.
Sight See(std::string_view replicas) {
  Sight sight;
  for (const char c : replicas) {
    const int number = static_cast<int>(sight.replicas.size()) + 1;
    sight.replicas.push_back(
        {.id = std::to_string(number),
         .name = std::to_string(number),
         .number = number,
         .revision = std::string_view("NnDc").find(c) != std::string_view::npos ? "new" : "old",
         .has_started = c != 'c',
         .is_up = c != 'x' && c != 'c',
         .serves = c == 'o' || c == 'N',
         .is_set_aside = c == 'd' || c == 'D'});
  }
  return sight;
}

std::string Said(const Step& step) {
  if (const auto* start = std::get_if<StartNew>(&step))
    return fmt::format("start {} of {}", start->count, start->total);
  if (const auto* wait = std::get_if<AwaitNew>(&step))
    return fmt::format("await {}", wait->ids.size());
  if (std::holds_alternative<AwaitAdoption>(step)) return "await adoption";
  if (const auto* retire = std::get_if<Retire>(&step)) return "retire " + retire->id;
  if (const auto* discard = std::get_if<Discard>(&step)) return "discard " + discard->id;
  if (const auto* end = std::get_if<GiveUp>(&step))
    return fmt::format("give up {}{}", end->ids.size(), end->removes ? ", remove" : "");
  return "done";
}

std::string Then(std::string_view replicas, Goal goal, Patience patience = {}) {
  goal.revision = "new";
  return Said(Next(See(replicas), goal, patience));
}

TEST(Plan, OneNewIsStartedBesideTheOldThenOneOldGoes) {
  EXPECT_EQ(Then("ooo", {.replicas = 3}), "start 1 of 4");
  EXPECT_EQ(Then("oooc", {.replicas = 3}), "start 1 of 4") << "what Compose has made already";
  EXPECT_EQ(Then("ooon", {.replicas = 3}), "await 1");
  EXPECT_EQ(Then("oooN", {.replicas = 3}), "retire 1");
  EXPECT_EQ(Then("ooN", {.replicas = 3}), "start 1 of 4");
  EXPECT_EQ(Then("oNNN", {.replicas = 3}), "retire 1");
  EXPECT_EQ(Then("NNN", {.replicas = 3}), "done");
}

TEST(Plan, ABatchIsStartedTogetherAndAsManyOldOnesGoBeforeTheNext) {
  EXPECT_EQ(Then("ooooo", {.replicas = 5, .batch = 2}), "start 2 of 7");
  EXPECT_EQ(Then("oooooc", {.replicas = 5, .batch = 2}), "start 2 of 7");
  EXPECT_EQ(Then("oooooNn", {.replicas = 5, .batch = 2}), "await 1");
  EXPECT_EQ(Then("oooooNN", {.replicas = 5, .batch = 2}), "retire 1");
  EXPECT_EQ(Then("ooooNN", {.replicas = 5, .batch = 2}), "retire 1");
  EXPECT_EQ(Then("oNNNN", {.replicas = 5, .batch = 2}), "start 1 of 6");
  EXPECT_EQ(Then("ooo", {.replicas = 3, .batch = 9}), "start 3 of 6");
}

TEST(Plan, WhatCostsNobodyAnythingGoesFirst) {
  EXPECT_EQ(Then("oudoN", {.replicas = 4}), "retire 3") << "an interrupted run had begun with it";
  EXPECT_EQ(Then("oouoN", {.replicas = 4}), "retire 3");
  EXPECT_EQ(Then("oxo", {.replicas = 3}), "discard 2") << "Compose would start it again";
}

TEST(Plan, CallersHaveTheListWithTheNewBeforeAnOldOneGoes) {
  Sight sight = See("oN");
  sight.is_adopted = false;
  const Goal goal{.revision = "new"};
  EXPECT_EQ(Said(Next(sight, goal, {})), "await adoption");
  EXPECT_EQ(Said(Next(sight, goal, {.is_over_for_adoption = true})), "retire 1");
}

TEST(Plan, ANewOneThatDoesNotServeInTimeGoesIfOthersAreLeft) {
  EXPECT_EQ(Then("ooon", {.replicas = 3}, {.is_over_for_new = true}), "give up 1, remove");
  EXPECT_EQ(Then("oonn", {.replicas = 2, .batch = 2}, {.is_over_for_new = true}),
            "give up 2, remove");
  EXPECT_EQ(Then("NNn", {.replicas = 3}, {.is_over_for_new = true}), "give up 1");
}

TEST(Plan, TheNumberInTheEndMayBeAnother) {
  EXPECT_EQ(Then("ooo", {.replicas = 5}), "start 3 of 6");
  EXPECT_EQ(Then("oN", {.replicas = 3}), "start 2 of 4");
  EXPECT_EQ(Then("ooooo", {.replicas = 2}), "retire 1") << "too many even without a new one";
  EXPECT_EQ(Then("NNNNN", {.replicas = 3}), "retire 5");
  EXPECT_EQ(Then("NNNc", {.replicas = 3}), "discard 4") << "made only to ask Compose";
  EXPECT_EQ(Then("NN", {.replicas = 3}), "start 1 of 3");
}

TEST(Plan, AnUpToDateOneThatAPersonDrainedIsLeftAlone) {
  EXPECT_EQ(Then("NDN", {.replicas = 3}), "done");
  EXPECT_EQ(Then("oDN", {.replicas = 2}), "retire 1");
}

TEST(Plan, APreviewEndsAndNamesEachStep) {
  std::string said;
  for (const Step& step : Preview(See("oxo"), {.revision = "new", .replicas = 3}))
    said += Said(step) + "; ";
  EXPECT_EQ(said, "discard 2; start 2 of 4; retire 1; start 1 of 4; retire 3; done; ");
}

TEST(Plan, MoreThanTheFileSaysWasScaledByHandUnlessARolloutIsUnderWay) {
  EXPECT_EQ(ScaledByHand(See("ooooo"), 3), 5);
  EXPECT_EQ(ScaledByHand(See("NNNN"), 3), 4);
  EXPECT_EQ(ScaledByHand(See("oooN"), 3), 0) << "interrupted";
  EXPECT_EQ(ScaledByHand(See("oooxx"), 3), 0) << "stopped ones are no replicas that somebody wants";
}

}  // namespace
}  // namespace fairlead::rollout
