#include "docker/requests.h"

#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;

constexpr ApiVersion kVersion{1, 41};
const ContainerId kId("3f2a");

TEST(Requests, ListAsksForOneLabelAtATimeStoppedContainersIncluded) {
  EXPECT_EQ(ListTarget(kVersion, "fairlead.enable"),
            "/v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22fairlead.enable%22%5D%7D");
}

TEST(Requests, EventsAskSinceAnInstantWithNineDigits) {
  EXPECT_TRUE(EventsTarget(kVersion, 1'700'000'000'000'000'042)
                  .starts_with("/v1.41/events?since=1700000000.000000042&filters=%7B"));
  EXPECT_TRUE(EventsTarget(kVersion, -5).starts_with("/v1.41/events?since=0.000000000&"));
}

TEST(Requests, EventsLeaveExecNoiseToTheEngine) {
  const std::string target = EventsTarget(kVersion, 0);
  EXPECT_EQ(target.find("exec_"), std::string::npos);
  for (const char* action : {"die", "died", "kill", "destroy", "disconnect", "health_status"}) {
    EXPECT_NE(target.find(UrlEncoded(std::string("\"") + action + "\"")), std::string::npos);
  }
}

TEST(Requests, StopTimeoutIsLeftOutWhenThereIsNone) {
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kStop, std::nullopt), "/v1.41/containers/3f2a/stop");
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kRestart, std::nullopt),
            "/v1.41/containers/3f2a/restart");
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kStart, std::nullopt), "/v1.41/containers/3f2a/start");
}

TEST(Requests, StopTimeoutIsRoundedUpToSecondsAndNeverNegative) {
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kStop, 1500ms), "/v1.41/containers/3f2a/stop?t=2");
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kStop, 0s), "/v1.41/containers/3f2a/stop?t=0");
  EXPECT_EQ(ActTarget(kVersion, kId, Act::kRestart, -3s), "/v1.41/containers/3f2a/restart?t=0");
}

TEST(Requests, NoIdCanChangeThePath) {
  for (const std::string& id :
       {std::string(), std::string("../info"), std::string("a/b"), std::string("a?t=0"),
        std::string("a#b"), std::string("%2e%2e"), std::string("a b"), std::string("a\r\nHost: x"),
        std::string(".."), std::string("a\0b", 3), std::string(129, 'a')}) {
    const auto target = InspectTarget(kVersion, ContainerId(id));
    ASSERT_FALSE(target) << id;
    EXPECT_EQ(target.error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(InspectTarget(kVersion, ContainerId(std::string(64, 'a'))),
            "/v1.41/containers/" + std::string(64, 'a') + "/json");
}

TEST(Requests, LogsAreAskedForByTheirLastLinesAndOfAnIdOnly) {
  EXPECT_EQ(LogsTarget(kVersion, kId, 50), "/v1.41/containers/3f2a/logs?stdout=1&stderr=1&tail=50");
  EXPECT_EQ(LogsTarget(kVersion, ContainerId("a/../b"), 50).error().code, Code::kInvalidArgument);
}

TEST(Requests, SignalsAreNamesOrNumbers) {
  EXPECT_EQ(KillTarget(kVersion, kId, "SIGTERM"), "/v1.41/containers/3f2a/kill?signal=SIGTERM");
  EXPECT_EQ(KillTarget(kVersion, kId, "RTMIN+3"), "/v1.41/containers/3f2a/kill?signal=RTMIN%2B3");
  for (const char* signal : {"", "TERM&x=1", "a b", "SIGTERMSIGTERMSIGTERM"}) {
    const auto target = KillTarget(kVersion, kId, signal);
    ASSERT_FALSE(target) << signal;
    EXPECT_EQ(target.error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace fairlead::docker
