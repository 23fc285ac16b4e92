#include "fleet/flap_hold.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;

// One that is unwell and well in turns, seen every 100 ms; it leaves when it is unwell and comes
// back as soon as it may.
class Flapper {
 public:
  // How often it came back within `time`.
  int Returns(Duration unwell, Duration well, Duration time) {
    int returns = 0;
    const TimePoint begin = now_;
    for (; now_ - begin < time; now_ += 100ms) {
      const bool is_well = (now_ - begin) % (unwell + well) >= unwell;
      hold_.ObserveWell(is_well, now_);
      if (is_in_ && !is_well) {
        is_in_ = false;
        hold_.Left(now_);
      } else if (!is_in_ && is_well && !hold_.is_holding(now_)) {
        is_in_ = true;
        hold_.Returned();
        ++returns;
      }
    }
    return returns;
  }
  FlapHold& hold() { return hold_; }

 private:
  FlapHold hold_;
  TimePoint now_{1s};
  bool is_in_ = true;
};

TEST(FlapHold, ThreeLeavingsInAMinuteAreFree) {
  Flapper flapper;
  EXPECT_EQ(flapper.Returns(500ms, 500ms, 3s), 3);
  EXPECT_EQ(flapper.hold().hold(), 0ms);
}

TEST(FlapHold, AtOneHertzItStaysOutAfterTheFourth) {
  Flapper flapper;
  EXPECT_EQ(flapper.Returns(500ms, 500ms, 10min), 3);
  EXPECT_EQ(flapper.Returns(0ms, 1min, 1min), 1) << "once it is well for a second";
}

TEST(FlapHold, AtATenthOfAHertzItWaitsTwiceAsLongEachTimeUntilItIsNeverWellForLongEnough) {
  Flapper flapper;
  // In after 5 s thrice, then after 6, 7 and 9; 8 s it is never well.
  EXPECT_EQ(flapper.Returns(5s, 5s, 10min), 6);
  EXPECT_EQ(flapper.hold().hold(), 8s);
}

TEST(FlapHold, RarelyEnoughIsNeverHeld) {
  Flapper flapper;
  EXPECT_EQ(flapper.Returns(1s, 20s, 21min), 60);
  EXPECT_EQ(flapper.hold().hold(), 0ms);
}

TEST(FlapHold, IsForgivenAfterTenMinutesWithoutLeavingAndNeverLongerThanAMinute) {
  FlapHold hold;
  TimePoint now{1s};
  for (int i = 0; i < 20; ++i) hold.Left(now += 100ms);
  EXPECT_EQ(hold.hold(), 1min);
  hold.Left(now += 9min);
  EXPECT_EQ(hold.hold(), 1min);
  hold.Left(now += 10min);
  EXPECT_EQ(hold.hold(), 0ms);
}

TEST(FlapHold, HoldsWhileItIsOutAndWellAndNotForLongEnough) {
  FlapHold hold;
  TimePoint now{1s};
  for (int i = 0; i < 4; ++i) hold.Left(now);
  EXPECT_EQ(hold.held_until(), std::nullopt) << "unwell: there is nothing to hold";
  hold.ObserveWell(true, now += 5s);
  EXPECT_TRUE(hold.is_holding(now));
  hold.ObserveWell(false, now += 900ms);
  hold.ObserveWell(true, now += 100ms);
  hold.ObserveWell(true, now += 900ms);
  EXPECT_TRUE(hold.is_holding(now)) << "a break begins it anew";
  EXPECT_FALSE(hold.is_holding(now + 100ms));
  hold.Returned();
  hold.ObserveWell(true, now);
  EXPECT_FALSE(hold.is_holding(now));
}

}  // namespace
}  // namespace fairlead::fleet
