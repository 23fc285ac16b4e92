#include "controller/attention.h"

#include <gtest/gtest.h>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kBegun{1h};

TEST(Attention, WhoIsAwakeHearsWhatIsOfNow) {
  Attention attention(5s, kBegun);
  EXPECT_EQ(attention.Since(kBegun), kBegun);
  attention.Beat(kBegun + 5s);
  attention.Beat(kBegun + 10s + 500ms);
  EXPECT_EQ(attention.Since(kBegun + 11s), kBegun + 11s);
}

TEST(Attention, WhoStoodStillHearsWhatWaitedSinceHeWasThereLast) {
  Attention attention(5s, kBegun);
  attention.Beat(kBegun + 4s);
  const TimePoint woken = kBegun + 40s;
  attention.Beat(woken);
  EXPECT_EQ(attention.Since(woken), kBegun + 4s);
  attention.Beat(woken + 1ms);
  EXPECT_EQ(attention.Since(woken + 999ms), kBegun + 4s);
  EXPECT_EQ(attention.Since(woken + 1s), woken + 1s);
}

}  // namespace
}  // namespace fairlead::controller
