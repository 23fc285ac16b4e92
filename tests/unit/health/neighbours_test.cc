#include "health/neighbours.h"

#include <gtest/gtest.h>

namespace fairlead::health {
namespace {

using namespace std::chrono_literals;

class NeighboursTest : public ::testing::Test {
 protected:
  Neighbours::Network* Many(TargetKey count) {
    Neighbours::Network* network = nullptr;
    for (TargetKey key = 0; key < count; ++key) network = neighbours_.Join(key, "shop");
    return network;
  }

  const TimePoint now_{1h};
  const ProberLimits limits_;
  Neighbours neighbours_{limits_};
};

TEST_F(NeighboursTest, HalfOfANetworkThatIsLateAtOnceIsNobodysFault) {
  Neighbours::Network* network = Many(5);
  for (const bool is_stalled : {false, false, true, true}) {
    neighbours_.BecameLate(network, now_);
    EXPECT_EQ(neighbours_.IsStalled(network, now_), is_stalled);
  }
  neighbours_.BecamePunctual(network, now_);
  EXPECT_TRUE(neighbours_.IsStalled(network, now_));
  neighbours_.BecamePunctual(network, now_);
  EXPECT_FALSE(neighbours_.IsStalled(network, now_ + limits_.shared_stall_aftermath));
}

TEST_F(NeighboursTest, TheLastOneToComeBackFromAStallIsExcusedForAMomentMore) {
  Neighbours::Network* network = Many(3);
  for (int late = 0; late < 3; ++late) neighbours_.BecameLate(network, now_);
  const TimePoint later = now_ + 600ms;
  for (int late = 0; late < 2; ++late) neighbours_.BecamePunctual(network, later);
  EXPECT_TRUE(neighbours_.IsStalled(network, later + limits_.shared_stall_aftermath - 1ns));
  EXPECT_FALSE(neighbours_.IsStalled(network, later + limits_.shared_stall_aftermath));
}

TEST_F(NeighboursTest, AfterAStallThatWasNotExcusedNobodyIs) {
  Neighbours::Network* network = Many(2);
  neighbours_.BecameLate(network, now_);
  neighbours_.BecameLate(network, now_);
  const TimePoint later = now_ + limits_.shared_stall_longest;
  neighbours_.BecamePunctual(network, later);
  EXPECT_FALSE(neighbours_.IsStalled(network, later));
}

TEST_F(NeighboursTest, OneOfTwoIsLateByItselfAndTwoOfTwoAreNot) {
  Neighbours::Network* network = Many(2);
  neighbours_.BecameLate(network, now_);
  EXPECT_FALSE(neighbours_.IsStalled(network, now_));
  neighbours_.BecameLate(network, now_);
  EXPECT_TRUE(neighbours_.IsStalled(network, now_));
}

TEST_F(NeighboursTest, WhatLastsIsNotExcusedAndTheNextStallIs) {
  Neighbours::Network* network = Many(2);
  neighbours_.BecameLate(network, now_);
  neighbours_.BecameLate(network, now_);
  EXPECT_TRUE(neighbours_.IsStalled(network, now_ + limits_.shared_stall_longest - 1ns));
  const TimePoint later = now_ + limits_.shared_stall_longest;
  EXPECT_FALSE(neighbours_.IsStalled(network, later));
  neighbours_.BecamePunctual(network, later);
  neighbours_.BecameLate(network, later);
  EXPECT_TRUE(neighbours_.IsStalled(network, later));
}

TEST_F(NeighboursTest, WhoLeavesTakesItsLatenessAlong) {
  Neighbours::Network* network = Many(3);
  neighbours_.BecameLate(network, now_);
  neighbours_.BecameLate(network, now_);
  ASSERT_TRUE(neighbours_.IsStalled(network, now_));
  neighbours_.Leave(1, network, /*is_late=*/true, now_);
  EXPECT_FALSE(neighbours_.IsStalled(network, now_ + limits_.shared_stall_aftermath));
  neighbours_.Leave(0, network, false, now_);
  neighbours_.Leave(2, network, true, now_);
  EXPECT_NE(neighbours_.Join(9, "shop"), nullptr);
}

TEST_F(NeighboursTest, WithoutANameThereAreNone) {
  EXPECT_EQ(neighbours_.Join(1, ""), nullptr);
  EXPECT_FALSE(neighbours_.IsStalled(nullptr, now_));
  EXPECT_TRUE(neighbours_.Others(1, nullptr).empty());
  neighbours_.BecameLate(nullptr, now_);
  neighbours_.Leave(1, nullptr, true, now_);
}

TEST_F(NeighboursTest, SomeOthersAreNamedAndNeverTheTargetItself) {
  EXPECT_EQ(neighbours_.Others(1, Many(3)), (std::vector<TargetKey>{2, 0}));
  Neighbours::Network* network = nullptr;
  for (TargetKey key = 0; key < 20; ++key) network = neighbours_.Join(key, "large");
  EXPECT_EQ(neighbours_.Others(15, network).size(), limits_.neighbours_asked);
}

}  // namespace
}  // namespace fairlead::health
