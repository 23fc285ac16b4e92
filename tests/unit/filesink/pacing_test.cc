#include "filesink/pacing.h"

#include <gtest/gtest.h>

namespace fairlead::filesink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint At(Duration since) {
  return TimePoint(std::chrono::hours(1) + since);
}

TEST(Pacing, TheFirstChangeIsWrittenNearlyAtOnceAndARainOfThemDoesNotPutItOff) {
  Pacing pacing({});
  pacing.OnEnd(At(seconds(0)), true, false);
  EXPECT_EQ(pacing.Due(), At(seconds(5)));
  pacing.OnChange(At(seconds(1)));
  pacing.OnChange(At(seconds(1) + milliseconds(40)));
  EXPECT_EQ(pacing.Due(), At(seconds(1) + milliseconds(50)));
}

TEST(Pacing, ReloadsKeepADistanceAndRoundsWithoutOneDoNot) {
  Pacing pacing({});
  pacing.OnEnd(At(seconds(0)), true, true);
  pacing.OnChange(At(milliseconds(100)));
  EXPECT_EQ(pacing.Due(), At(seconds(1)));
  Pacing idle({});
  idle.OnEnd(At(seconds(0)), true, false);
  idle.OnChange(At(milliseconds(100)));
  EXPECT_EQ(idle.Due(), At(milliseconds(150)));
}

TEST(Pacing, AFailureIsTriedAgainEverMoreSeldomAndAtOnceWhenSomethingChanges) {
  Pacing pacing({});
  for (const int wait : {1, 2, 4, 8, 10, 10}) {
    pacing.OnBegin();
    pacing.OnEnd(At(seconds(0)), false, false);
    EXPECT_EQ(pacing.Due(), At(seconds(wait)));
  }
  pacing.OnChange(At(seconds(3)));
  EXPECT_EQ(pacing.Due(), At(seconds(3) + milliseconds(50)));
  pacing.OnBegin();
  pacing.OnEnd(At(seconds(4)), true, false);
  EXPECT_EQ(pacing.Due(), At(seconds(9)));
}

}  // namespace
}  // namespace fairlead::filesink
