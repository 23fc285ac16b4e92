#include "controller/own_acts.h"

#include <gtest/gtest.h>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

const ContainerId kOurs{"c1"};
const TimePoint kStart{1000s};

TEST(OwnActs, ExplainsTheEngineEventsOfAnActUnderWay) {
  OwnActs acts;
  acts.Begin(kOurs);
  for (const char* action : {"kill", "stop", "die", "start", "restart"}) {
    EXPECT_TRUE(acts.Explains(kOurs, action, kStart)) << action;
  }
}

TEST(OwnActs, DoesNotExplainOtherContainersOrOtherVerbs) {
  OwnActs acts;
  acts.Begin(kOurs);
  EXPECT_FALSE(acts.Explains(ContainerId("c2"), "kill", kStart));
  EXPECT_FALSE(acts.Explains(kOurs, "pause", kStart));
  EXPECT_FALSE(acts.Explains(kOurs, "destroy", kStart));
}

TEST(OwnActs, ExplainsLateEchoesForAMomentOnly) {
  OwnActs acts;
  acts.Begin(kOurs);
  acts.End(kOurs, kStart);
  EXPECT_TRUE(acts.Explains(kOurs, "stop", kStart + kEchoWindow));
  EXPECT_FALSE(acts.Explains(kOurs, "stop", kStart + kEchoWindow + 1ms));
}

}  // namespace
}  // namespace fairlead::controller
