#include "nameserver/token_bucket.h"

#include <gtest/gtest.h>

namespace fairlead::nameserver {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon{std::chrono::hours(1)};

int Taken(TokenBucket& bucket, TimePoint now) {
  int taken = 0;
  while (bucket.Take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, HasASecondsWorthAtOnceAndFillsUpWithTime) {
  TokenBucket bucket(10);
  EXPECT_EQ(Taken(bucket, kNoon), 10);
  EXPECT_EQ(Taken(bucket, kNoon + 500ms), 5);
  EXPECT_EQ(Taken(bucket, kNoon + 550ms), 0);
  EXPECT_EQ(Taken(bucket, kNoon + 1h), 10);
}

TEST(TokenBucket, GivesNothingForTimeThatRunsBackwards) {
  TokenBucket bucket(10);
  EXPECT_EQ(Taken(bucket, kNoon), 10);
  EXPECT_EQ(Taken(bucket, kNoon - 10s), 0);
}

}  // namespace
}  // namespace fairlead::nameserver
