#include "controller/own_acts.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

const ContainerId kOurs{"c1"};
const TimePoint kStart{1000s};

TEST(OwnActs, ExplainsTheEngineEventsOfAnActUnderWay) {
  OwnActs acts;
  acts.Begin(kOurs, kStart);
  for (const char* action : {"kill", "stop", "die", "start", "restart"}) {
    EXPECT_TRUE(acts.Explains(kOurs, action, kStart)) << action;
  }
}

TEST(OwnActs, DoesNotExplainOtherContainersOrOtherVerbs) {
  OwnActs acts;
  acts.Begin(kOurs, kStart);
  EXPECT_FALSE(acts.Explains(ContainerId("c2"), "kill", kStart));
  EXPECT_FALSE(acts.Explains(kOurs, "pause", kStart));
  EXPECT_FALSE(acts.Explains(kOurs, "destroy", kStart));
}

TEST(OwnActs, ExplainsLateEchoesForAMomentOnly) {
  OwnActs acts;
  acts.Begin(kOurs, kStart);
  acts.End(kOurs, kStart);
  EXPECT_TRUE(acts.Explains(kOurs, "stop", kStart + kEchoWindow));
  EXPECT_FALSE(acts.Explains(kOurs, "stop", kStart + kEchoWindow + 1ms));
}

TEST(OwnActs, ForgetsActsWhoseEchoesAreOver) {
  OwnActs acts;
  for (int i = 0; i < 100; ++i) {
    const ContainerId id("c" + std::to_string(i));
    acts.Begin(id, kStart + i * (kOwnActKept + 1ms));
    acts.End(id, kStart + i * (kOwnActKept + 1ms));
  }
  EXPECT_EQ(acts.remembered(), 1U);
}

TEST(OwnActs, ExplainsWhatIsToldLateByTheTimeAtWhichItHappened) {
  OwnActs acts;
  acts.Begin(kOurs, kStart);
  acts.End(kOurs, kStart + 10s);
  acts.Begin(kOurs, kStart + 60s);
  acts.End(kOurs, kStart + 70s);
  EXPECT_FALSE(acts.Explains(kOurs, "kill", kStart - 1ms));
  EXPECT_TRUE(acts.Explains(kOurs, "kill", kStart + 5s));
  EXPECT_FALSE(acts.Explains(kOurs, "kill", kStart + 30s));
  EXPECT_TRUE(acts.Explains(kOurs, "kill", kStart + 65s));
}

TEST(OwnActs, AnActThatTheDaemonsEndCutOffIsOursForAWhile) {
  OwnActs acts;
  acts.Remember(kOurs, kStart, std::nullopt);
  EXPECT_TRUE(acts.Explains(kOurs, "restart", kStart + kCutActReach));
  EXPECT_FALSE(acts.Explains(kOurs, "stop", kStart + kCutActReach + kEchoWindow + 1ms));
}

}  // namespace
}  // namespace fairlead::controller
