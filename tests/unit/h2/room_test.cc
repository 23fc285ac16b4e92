#include "h2/room.h"

#include <gtest/gtest.h>

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

TEST(MakesRoom, OfAPeerThatHasMoreAtOnceAmongEqualsOnceItIsIdleAndOfOneThatHasFewerNever) {
  // Connections of the one that would go, and how many the newcomer has besides it.
  EXPECT_TRUE(MakesRoom(3, 1, 0s, 1s));
  EXPECT_FALSE(MakesRoom(2, 1, 999ms, 1s));
  EXPECT_TRUE(MakesRoom(2, 1, 1s, 1s));
  EXPECT_FALSE(MakesRoom(1, 1, 1h, 1s));
  EXPECT_TRUE(MakesRoom(1, 0, 1s, 1s));
}

}  // namespace
}  // namespace fairlead::h2
