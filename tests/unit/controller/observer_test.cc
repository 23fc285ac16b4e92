#include "controller/observer.h"

#include <boost/asio/post.hpp>
#include <functional>
#include <string>

#include "unit/controller/observer_fixture.h"

namespace fairlead::controller {
namespace {

TEST_F(ObserverTest, IsSyncedAfterEveryInspectOfTheFirstList) {
  engine_.PutSilently(RunningContainer("c1", 1));
  engine_.PutSilently(RunningContainer("c2", 2));
  Start();
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"observed c1", "observed c2", "synced"}));
  EXPECT_EQ(engine_version_, "20.10.24");
}

TEST_F(ObserverTest, AnEngineWithNothingIsSyncedToo) {
  Start();
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"synced"}));
}

TEST_F(ObserverTest, SeesAContainerThatStartsWhileTheListIsAnswered) {
  bool started = false;
  engine_.before_list = [&] {
    if (!std::exchange(started, true)) engine_.Put(RunningContainer("c1", 1));
  };
  Start();
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"observed c1", "synced"}));
}

TEST_F(ObserverTest, LooksAtAContainerThatAnEventNames) {
  Start();
  Until("synced");
  engine_.Put(RunningContainer("c1", 1));
  Until("observed c1");
  engine_.Remove(ContainerId("c1"));
  Until("gone c1");
}

TEST_F(ObserverTest, OneHundredEventsOfOneContainerAreFewInspects) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  const int before = engine_.inspects;
  for (int i = 0; i < 100; ++i) engine_.Put(RunningContainer("c1", 1), "rename");
  Settle();
  EXPECT_LE(engine_.inspects - before, 2);
}

TEST_F(ObserverTest, NeverInspectsMoreAtOnceThanTheSocketsAllow) {
  for (int i = 0; i < 50; ++i) engine_.PutSilently(RunningContainer("c" + std::to_string(i), i));
  Start();
  Until("synced");
  EXPECT_EQ(engine_.inspects, 50);
  EXPECT_EQ(engine_.inspects_at_once, static_cast<int>(kInspectsInFlightMax));
}

TEST_F(ObserverTest, AForeignKillIsToldBeforeWhatItDid) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  facts_.clear();
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  ContainerFacts stopped = RunningContainer("c1", 1);
  stopped.status = EngineStatus::kExited;
  engine_.Put(stopped, "die");
  Until("observed c1");
  EXPECT_EQ(facts_, (Facts{"kill c1", "die c1", "observed c1"}));
}

TEST_F(ObserverTest, OurOwnActsAreNotToldAsForeign) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  own_acts_.Begin(ContainerId("c1"), TimePoint{});
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  Settle();
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "kill c1"), 0);
}

TEST_F(ObserverTest, OneInspectThatFailsHoldsNobodyUpAndIsTriedAgain) {
  engine_.PutSilently(RunningContainer("c1", 1));
  engine_.PutSilently(RunningContainer("c2", 2));
  engine_.FailInspect(ContainerId("c1"));
  Start();
  Until("synced");
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "observed c2"), 1);
  const int before = engine_.inspects;
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (engine_.inspects == before && std::chrono::steady_clock::now() < deadline)
    loop_.run_one_for(10ms);
  EXPECT_GT(engine_.inspects, before);
}

TEST_F(ObserverTest, ARegularListFindsWhatNoEventTold) {
  options_.relist_interval = 20ms;
  Start();
  Until("synced");
  engine_.PutSilently(RunningContainer("c1", 1));
  Until("observed c1");
  EXPECT_EQ(missed_, 1U);
}

TEST_F(ObserverTest, WhatTheCoreCannotTakeIsToldAgainOnceAndInOrder) {
  options_.relist_interval = 1h;
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  facts_.clear();
  take_facts_ = false;
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  engine_.Remove(ContainerId("c1"));
  Settle();
  EXPECT_GT(refused_, 0);
  EXPECT_TRUE(facts_.empty());
  take_facts_ = true;
  Until("gone c1");
  Settle();
  EXPECT_EQ(facts_.front(), "kill c1");
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "kill c1"), 1);
}

TEST_F(ObserverTest, APictureThatIsCompleteWhileTheCoreIsFullIsToldLater) {
  take_facts_ = false;
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Settle();
  take_facts_ = true;
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"observed c1", "synced"}));
}

TEST_F(ObserverTest, LaterListsFindARestartThatNoEventTold) {
  options_.relist_interval = 5ms;
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  ContainerFacts again = RunningContainer("c1", 1);
  again.started_at = "2026-01-01T00:05:00Z";
  engine_.PutSilently(again);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (missed_ == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the restart was never found";
    loop_.run_one_for(10ms);
  }
  EXPECT_EQ(missed_, 1U);
}

TEST_F(ObserverTest, AStormAboutOneContainerDoesNotHoldUpTheFirstSync) {
  options_.looks.hint = 100ms;
  for (int i = 0; i < 50; ++i) engine_.PutSilently(RunningContainer("c" + std::to_string(i), i));
  std::function<void()> storm = [&] {
    engine_.Put(RunningContainer("c0", 0), "rename");
    boost::asio::post(loop_, storm);
  };
  boost::asio::post(loop_, storm);
  Start();
  Until("synced");
  EXPECT_LT(engine_.inspects, 60);
}

// F10
TEST_F(ObserverTest, AContainerWhoseInspectHangsIsUndecidedAndTheOthersAreKnown) {
  for (int i = 0; i < 20; ++i) engine_.PutSilently(RunningContainer("c" + std::to_string(i), i));
  engine_.FailInspect(ContainerId("c3"));
  Start();
  Until("synced");
  EXPECT_EQ(std::count_if(facts_.begin(), facts_.end(),
                          [](const std::string& fact) { return fact.starts_with("observed"); }),
            19);
  EXPECT_EQ(status_.undecided, 1U);
  EXPECT_GE(status_.inspects_failed, 1U);
}

TEST_F(ObserverTest, ContainersWithoutOurLabelAreNeverToldAndAskedOnce) {
  Start();
  Until("synced");
  ContainerFacts other = RunningContainer("c9", 9);
  other.labels.clear();
  for (int i = 0; i < 20; ++i) {
    engine_.Put(other);
    Settle();
  }
  EXPECT_EQ(facts_, (Facts{"synced"}));
  EXPECT_EQ(engine_.inspects, 1);
}

}  // namespace
}  // namespace fairlead::controller
