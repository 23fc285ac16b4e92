// What the engine's history tells before the first inspect, and what the core makes of it.
#include <gtest/gtest.h>

#include <string>

#include "fleet/fleet.h"
#include "fleet/limits.h"

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;

class ReplayedTest : public ::testing::Test {
 protected:
  void Step(const Event& event) { fleet_.Step(event, now_); }

  // The cause that is told of a container which the first inspect shows as exited with `code`.
  std::string CauseOfExit(int code) {
    ContainerFacts facts;
    facts.id = kId;
    facts.name = "shop-api-1";
    facts.labels = {{"fairlead.enable", "true"},
                    {"fairlead.port", "50051"},
                    {"com.docker.compose.project", "shop"},
                    {"com.docker.compose.service", "api"},
                    {"com.docker.compose.container-number", "1"},
                    {"com.docker.compose.oneoff", "False"},
                    {"com.docker.compose.config-hash", "abc"}};
    facts.status = EngineStatus::kExited;
    facts.started_at = "2026-01-01T00:00:00Z";
    facts.exit_code = code;
    Step(ContainerObserved{facts, spec::ReadLabels(facts, {})});
    Step(InventorySynced{});
    now_ += 10s;
    Step(Tick{});
    const auto report = fleet_.Report({.project = "shop", .service = "api"});
    return report && report->replicas.size() == 1 ? report->replicas[0].last_cause : "no replica";
  }

  const ContainerId kId{"c1"};
  TimePoint now_{1000s};
  Fleet fleet_{FleetOptions{}, Remembered{}, now_};
};

TEST_F(ReplayedTest, AnEndOutsideTheHistoryIsUnseen) {
  EXPECT_EQ(CauseOfExit(7), "unseen");
}

TEST_F(ReplayedTest, AnEndInTheHistoryWasWatched) {
  Step(EndReplayed{kId});
  EXPECT_EQ(CauseOfExit(7), "crash(7)");
}

TEST_F(ReplayedTest, APersonsStopInTheHistoryIsRespected) {
  Step(ForeignActSeen{kId, "kill", "15"});
  Step(EndReplayed{kId});
  Step(ForeignActSeen{kId, "stop", ""});
  EXPECT_EQ(CauseOfExit(7), "operator");
}

TEST_F(ReplayedTest, AStopInTheHistoryIsRespectedHoweverLateTheInspect) {
  Step(ForeignActSeen{kId, "kill", "15"});
  Step(EndReplayed{kId});
  now_ += 10min;  // far beyond any stop timeout
  EXPECT_EQ(CauseOfExit(143), "operator");
}

TEST_F(ReplayedTest, AStopThatWasFollowedByAnotherLifeExplainsOnlyTheFirstEnd) {
  Step(ForeignActSeen{kId, "kill", "15"});
  Step(EndReplayed{kId});
  Step(ForeignActSeen{kId, "stop", ""});
  Step(EndReplayed{kId});
  EXPECT_EQ(CauseOfExit(7), "crash(7)");
}

TEST_F(ReplayedTest, WhatIsDownAtAFirstSightThatComesLateIsUnseen) {
  // Its inspect failed while the inventory was taken; it was stopped before we began.
  Step(InventorySynced{});
  now_ += 1s;
  EXPECT_EQ(CauseOfExit(143), "unseen");
}

TEST_F(ReplayedTest, AnEndThatIsToldLiveBeforeTheFirstSightWasWatched) {
  Step(InventorySynced{});
  Step(ForeignActSeen{kId, "die", ""});
  EXPECT_EQ(CauseOfExit(7), "crash(7)");
}

TEST_F(ReplayedTest, AStopThatIsToldLiveBeforeTheFirstSightIsAPersons) {
  Step(InventorySynced{});
  Step(ForeignActSeen{kId, "kill", "15"});
  Step(ForeignActSeen{kId, "die", ""});
  Step(ForeignActSeen{kId, "stop", ""});
  EXPECT_EQ(CauseOfExit(143), "operator");
}

TEST_F(ReplayedTest, StrangersDoNotFillTheMemoryOfEndsForEver) {
  Step(InventorySynced{});
  for (std::size_t i = 0; i < 2 * kReplayedMax; ++i)
    Step(ForeignActSeen{ContainerId("stranger" + std::to_string(i)), "die", ""});
  Step(ForeignActSeen{kId, "die", ""});
  EXPECT_EQ(CauseOfExit(7), "crash(7)");
}

}  // namespace
}  // namespace fairlead::fleet
