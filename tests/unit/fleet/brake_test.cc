#include "fleet/brake.h"

#include <gtest/gtest.h>

#include "fleet/limits.h"

namespace fairlead::fleet {
namespace {

class BrakeTest : public ::testing::Test {
 protected:
  // Looks after `wait`, with so many countable replicas of which so many fail.
  bool Look(int failing, int countable, Duration wait = Duration::zero()) {
    now_ += wait;
    return brake_.Observe({.countable = countable, .failing = failing, .round = 2s}, now_);
  }

  Brake brake_;
  TimePoint now_{1h};
};

TEST_F(BrakeTest, GoesOnWhenHalfOfTwoOrMoreFail) {
  EXPECT_FALSE(Look(0, 0));
  EXPECT_FALSE(Look(1, 1));
  EXPECT_FALSE(Look(1, 2)) << "one of two is a case for repair";
  EXPECT_FALSE(Look(2, 5));
  EXPECT_FALSE(brake_.holds_lists());
  EXPECT_FALSE(brake_.holds_repairs(0, now_));
  EXPECT_TRUE(Look(2, 4));
  EXPECT_TRUE(brake_.holds_lists());
  EXPECT_TRUE(brake_.holds_repairs(0, now_));
  EXPECT_EQ(brake_.reason(), "2 of 4 replicas of this host fail their checks at once");
}

TEST_F(BrakeTest, EndsAfterTwoRoundsWithoutItsCause) {
  Look(3, 4);
  EXPECT_FALSE(Look(1, 4, 1s));
  EXPECT_EQ(brake_.next_change(), now_ + 4s);
  EXPECT_FALSE(Look(3, 4, 3s)) << "it comes back in time";
  EXPECT_FALSE(Look(1, 4, 1s));
  EXPECT_FALSE(Look(1, 4, 3999ms));
  EXPECT_TRUE(Look(1, 4, 1ms));
  EXPECT_EQ(brake_.state(), Brake::State::kOff);
  EXPECT_EQ(brake_.next_change(), std::nullopt);
}

TEST_F(BrakeTest, EndsAlsoWhenThoseWhoFailedAreGone) {
  Look(4, 4);
  EXPECT_FALSE(Look(0, 0, 1min));
  EXPECT_TRUE(Look(0, 0, 4s));
  EXPECT_EQ(brake_.state(), Brake::State::kOff);
}

TEST_F(BrakeTest, GoesOnWhenTheCanaryFailsAndTriesNothingUntilItPasses) {
  const auto look = [&](std::string trouble, Duration wait) {
    now_ += wait;
    return brake_.Observe(
        {.countable = 4, .failing = 0, .round = 2s, .canary_trouble = std::move(trouble)}, now_);
  };
  EXPECT_TRUE(look("timeout", 0s));
  EXPECT_TRUE(brake_.holds_repairs(0, now_));
  EXPECT_EQ(brake_.reason(), "our own health server does not answer our checks (timeout)");
  EXPECT_FALSE(look("timeout", 2 * kBrakeLongest));
  EXPECT_EQ(brake_.state(), Brake::State::kOn);
  EXPECT_FALSE(look("", 1s)) << "what was seen before is too old to act on";
  EXPECT_EQ(brake_.next_change(), now_ + 4s);
  EXPECT_TRUE(brake_.holds_repairs(0, now_));
  look("timeout", 1s);
  look("", 1s);
  EXPECT_FALSE(look("", 3s));
  EXPECT_TRUE(look("", 1s)) << "two rounds without its cause";
  EXPECT_EQ(brake_.state(), Brake::State::kOff);
}

TEST_F(BrakeTest, ATrialWaitsWhileTheCanaryFails) {
  Look(4, 4);
  Look(4, 4, kBrakeLongest);
  ASSERT_EQ(brake_.state(), Brake::State::kTrial);
  EXPECT_FALSE(brake_.holds_repairs(0, now_));
  brake_.Observe({.countable = 4, .failing = 4, .round = 2s, .canary_trouble = "timeout"}, now_);
  EXPECT_TRUE(brake_.holds_repairs(0, now_));
  Look(4, 4);
  EXPECT_FALSE(brake_.holds_repairs(0, now_));
}

TEST_F(BrakeTest, TriesOneRepairAtATimeEverFurtherApartWhenItLasts) {
  Look(4, 4);
  EXPECT_EQ(brake_.next_change(), now_ + kBrakeLongest);
  EXPECT_FALSE(Look(4, 4, kBrakeLongest - 1ns));
  EXPECT_TRUE(Look(4, 4, 1ns));
  EXPECT_EQ(brake_.state(), Brake::State::kTrial);
  EXPECT_TRUE(brake_.holds_lists());
  EXPECT_TRUE(brake_.holds_repairs(1, now_)) << "one is under way";
  for (const Duration pause : {1min, 2min, 4min, 8min, 10min, 10min}) {
    EXPECT_FALSE(brake_.holds_repairs(0, now_));
    brake_.TrialPermitted(now_);
    EXPECT_EQ(brake_.next_change(), now_ + pause);
    EXPECT_FALSE(Look(4, 4, pause - 1ns));
    EXPECT_TRUE(brake_.holds_repairs(0, now_));
    EXPECT_FALSE(Look(4, 4, 1ns));
  }
}

TEST_F(BrakeTest, EndsFromTrialToo) {
  Look(4, 4);
  Look(4, 4, kBrakeLongest);
  EXPECT_FALSE(brake_.holds_repairs(0, now_));
  Look(1, 4, 1s);
  EXPECT_TRUE(brake_.holds_repairs(0, now_)) << "it may end in a moment: nothing need be tried";
  EXPECT_TRUE(Look(0, 4, 4s));
  EXPECT_EQ(brake_.state(), Brake::State::kOff);
}

TEST_F(BrakeTest, ItsNextTimeOwesNothingToTheLast) {
  Look(4, 4);
  Look(0, 4, 1s);
  ASSERT_TRUE(Look(0, 4, 4s));
  ASSERT_TRUE(Look(4, 4, 1min));
  EXPECT_EQ(brake_.next_change(), now_ + kBrakeLongest);
  EXPECT_FALSE(Look(0, 4, 1s)) << "calm from now on, and not since the last time";
  EXPECT_TRUE(brake_.holds_lists());
  EXPECT_FALSE(Look(0, 4, 4s - 1ns));
  EXPECT_TRUE(Look(0, 4, 1ns));
}

}  // namespace
}  // namespace fairlead::fleet
