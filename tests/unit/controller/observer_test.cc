#include "controller/observer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/memory_engine.h"

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;
using test::MemoryEngine;
using test::RunningContainer;

// Runs an observer against the engine and writes down each fact in a word.
class ObserverTest : public ::testing::Test, public ObserverSink {
 protected:
  ObserverTest() {
    options_.reconnect_first = 1ms;
    options_.reconnect_most = 2ms;
    options_.inspect_retry = 1ms;
    options_.deliver_retry = 1ms;
    options_.relist_spacing = 1ms;
  }

  void Start() {
    observer_ =
        std::make_unique<Observer>(loop_, engine_, spec::HostPolicy{}, options_, own_acts_, *this);
    observer_->Start();
  }

  bool OnFact(fleet::Event fact) override {
    if (!take_facts_) {
      ++refused_;
      return false;
    }
    if (const auto* seen = std::get_if<fleet::ContainerObserved>(&fact))
      facts_.push_back("observed " + seen->facts.id.value);
    if (const auto* gone = std::get_if<fleet::ContainerGone>(&fact))
      facts_.push_back("gone " + gone->id.value);
    if (std::holds_alternative<fleet::InventorySynced>(fact)) facts_.push_back("synced");
    if (std::holds_alternative<fleet::InventoryStale>(fact)) facts_.push_back("stale");
    if (const auto* act = std::get_if<fleet::ForeignActSeen>(&fact))
      facts_.push_back(act->verb + " " + act->id.value);
    return true;
  }
  void OnEngineInfo(const docker::EngineInfo& info) override {
    engine_version_ = info.engine_version;
  }
  void OnMissedEvents(std::uint64_t total) override { missed_ = total; }

  // Runs the loop until the fact has been seen; fails after five seconds.
  void Until(const std::string& fact, int times = 1) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (std::count(facts_.begin(), facts_.end(), fact) < times) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never saw: " << fact;
      loop_.run_one_for(10ms);
    }
  }
  // Runs what is ready, a bounded number of rounds.
  void Settle() {
    for (int i = 0; i < 200; ++i) loop_.poll();
  }

  boost::asio::io_context loop_{1};
  MemoryEngine engine_{loop_};
  OwnActs own_acts_;
  ObserverOptions options_;
  std::unique_ptr<Observer> observer_;
  std::vector<std::string> facts_;
  std::string engine_version_;
  std::uint64_t missed_ = 0;
  bool take_facts_ = true;
  int refused_ = 0;
};

using Facts = std::vector<std::string>;

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

TEST_F(ObserverTest, NeverInspectsMoreThanEightAtOnce) {
  for (int i = 0; i < 50; ++i) engine_.PutSilently(RunningContainer("c" + std::to_string(i), i));
  Start();
  Until("synced");
  EXPECT_EQ(engine_.inspects, 50);
  EXPECT_EQ(engine_.inspects_at_once, 8);
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
  own_acts_.Begin(ContainerId("c1"));
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  Settle();
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "kill c1"), 0);
}

TEST_F(ObserverTest, AReplayedActIsToldOnce) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  const docker::EngineEvent kill{.type = "container",
                                 .action = "kill",
                                 .actor_id = "c1",
                                 .signal = "15",
                                 .time_ns = 7'000'000'000};
  engine_.Emit(kill);
  engine_.EndStreams();
  Until("synced", 2);
  engine_.Emit(kill);
  Settle();
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "kill c1"), 1);
}

TEST_F(ObserverTest, AnEngineThatGoesAwayIsStaleAndSyncedAgainWhenBack) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  engine_.SetAway(true);
  Until("stale", 3);
  engine_.Remove(ContainerId("c1"), false);  // died unseen
  engine_.SetAway(false);
  Until("synced", 2);
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "gone c1"), 1);
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

TEST_F(ObserverTest, AnEngineThatIsAbsentAtTheStartIsWaitedFor) {
  engine_.SetAway(true);
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("stale", 2);
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "synced"), 0);
  engine_.SetAway(false);
  Until("synced");
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "observed c1"), 1);
}

TEST_F(ObserverTest, AnEngineThatRestartsAndKeepsItsContainersTellsNoAct) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  engine_.EndStreams();
  Until("synced", 2);
  EXPECT_EQ(facts_, (Facts{"observed c1", "synced", "stale", "observed c1", "synced"}));
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
