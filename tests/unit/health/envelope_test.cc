#include "health/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"

namespace fairlead::health {
namespace {

using namespace std::chrono_literals;

Envelope Of(std::initializer_list<std::pair<int, Duration>> answers) {
  Envelope envelope;
  for (const auto& [times, latency] : answers) {
    for (int i = 0; i < times; ++i) envelope.Add(latency);
  }
  return envelope;
}

TEST(Envelope, NineteenAnswersAreNoRule) {
  EXPECT_EQ(Of({{19, 1ms}}).limit(), std::nullopt);
  EXPECT_EQ(Of({{20, 1ms}}).limit(), 50ms);
  EXPECT_TRUE(sizeof(Envelope) <= 16);
}

TEST(Envelope, TheLimitIsEightTimesTheNinetyNinthOfAHundred) {
  const auto limit = Of({{100, 10ms}}).limit();
  EXPECT_GE(*limit, 80ms);
  EXPECT_LE(*limit, 90ms) << "rounded by an eighth of a power of two at most";
}

TEST(Envelope, OneSlowAnswerAmongTheFirstIsNoRuleAndTwoAre) {
  EXPECT_EQ(Of({{1, 3s}, {19, 1ms}}).limit(), 50ms);
  EXPECT_EQ(Of({{98, 1ms}, {1, 3s}}).limit(), 50ms);
  EXPECT_GE(*Of({{2, 3s}, {18, 1ms}}).limit(), 24s);
}

TEST(Envelope, OneSlowAnswerInAHundredIsNoRuleAndTwoAre) {
  EXPECT_EQ(Of({{99, 1ms}, {1, 3s}}).limit(), 50ms);
  EXPECT_GE(*Of({{99, 1ms}, {2, 3s}}).limit(), 24s);
  EXPECT_GE(*Of({{50, 1ms}, {2, 3s}, {99, 1ms}}).limit(), 24s);
  EXPECT_EQ(Of({{2, 3s}, {125, 1ms}}).limit(), 50ms) << "forgotten";
}

TEST(Envelope, AnyTimeHasItsPlace) {
  EXPECT_EQ(Of({{100, 0ns}}).limit(), 50ms);
  EXPECT_GT(*Of({{100, 48h}}).limit(), 8h);
}

// Beside sorting all of the last answers.
TEST(Envelope, IsTheSecondSlowestOfWhatItKeeps) {
  Rng rng(5);
  Envelope envelope;
  std::vector<Duration> all;
  for (std::size_t i = 1; i <= 1'000; ++i) {
    const Duration latency(static_cast<Duration::rep>(1'000 + rng.Below(40'000'000)));
    envelope.Add(latency);
    all.push_back(latency);
    if (i < 20) continue;
    const std::size_t kept = i <= 125 ? i : 101 + (i - 1) % 25;
    std::vector<Duration> last(all.end() - static_cast<std::ptrdiff_t>(kept), all.end());
    std::ranges::sort(last);
    const Duration exact = last[last.size() - 2];
    ASSERT_GE(envelope.p99(), exact) << i;
    ASSERT_LE(envelope.p99(), exact + exact / 8 + 1us) << i;
  }
}

}  // namespace
}  // namespace fairlead::health
