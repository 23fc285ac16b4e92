// What the observer does when the engine, its stream or its history is not what it was.
#include <string>
#include <utility>

#include "runtime/clock.h"
#include "unit/controller/observer_fixture.h"

namespace fairlead::controller {
namespace {

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
  EXPECT_EQ(states_, (Facts{"connecting", "synced", "frozen", "stale", "synced"}));
  EXPECT_EQ(status_.reconnects, 1U);
  EXPECT_TRUE(is_stream_end_);
}

// F04: it accepts, keeps the stream open, and answers nothing.
TEST_F(ObserverTest, AFrozenEngineIsFrozenAfterTwoPingsAndIsAskedOneThingAtATime) {
  options_.ping_interval = 1ms;
  for (int i = 0; i < 50; ++i) engine_.PutSilently(RunningContainer("c" + std::to_string(i), i));
  Start();
  Until("synced");
  engine_.SetFrozen(true);
  Until("stale");
  EXPECT_EQ(status_.state, InventoryState::kFrozen);
  EXPECT_EQ(status_.code, "engine-silent");
  EXPECT_FALSE(is_stream_end_);
  Settle();  // inspects that were under way end
  engine_.calls_at_once = 0;
  const int inspects = engine_.inspects;
  for (int i = 0; i < 50; ++i) engine_.Put(RunningContainer("c" + std::to_string(i), i), "start");
  Until("stale", 4);
  EXPECT_EQ(engine_.calls_at_once, 1);
  EXPECT_EQ(engine_.inspects, inspects);
  engine_.SetFrozen(false);
  Until("synced", 2);
}

// F06: the stream is open and tells nothing any more.
TEST_F(ObserverTest, AStreamThatFellSilentIsFoundByTheListAndOpenedAgain) {
  options_.relist_interval = 20ms;
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  engine_.SetStreamsSilent(true);
  engine_.Put(RunningContainer("c2", 2));
  Until("stale");
  EXPECT_EQ(status_.code, "events-lost");
  engine_.SetStreamsSilent(false);
  Until("synced", 2);
  EXPECT_GE(std::count(facts_.begin(), facts_.end(), "observed c2"), 1);
}

TEST_F(ObserverTest, SubscribesWithAReachForStopsUnderWayAndLaterFromWhatWasSeenLessTheOverlap) {
  options_.replay_overlap = 10us;
  options_.stop_reach = 50us;
  Start();
  Until("synced");
  EXPECT_EQ(engine_.since_ns, engine_.clock_ns() - 50'000);
  engine_.Put(RunningContainer("c1", 1));
  Settle();
  const std::int64_t seen = engine_.clock_ns();
  engine_.StepClock(1'000'000);
  engine_.EndStreams();
  Until("synced", 2);
  EXPECT_EQ(engine_.since_ns, seen - 10'000);
  engine_.StepClock(-3'000'000);  // set back: what was seen is of the future now
  engine_.EndStreams();
  Until("synced", 3);
  EXPECT_EQ(engine_.since_ns, engine_.clock_ns() - 10'000);
}

// F08, F15: more was lost than the history holds, and the clock was set back meanwhile.
TEST_F(ObserverTest, AfterAGapThatNoHistoryCoversTheListTellsTheTruth) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  engine_.SetStreamsSilent(true);
  engine_.EndStreams();
  engine_.Remove(ContainerId("c1"));
  engine_.StepClock(-900'000'000);
  for (int i = 0; i < 600; ++i) engine_.Put(RunningContainer("c2", 2), "rename");
  engine_.SetStreamsSilent(false);
  Until("synced", 2);
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "gone c1"), 1);
  EXPECT_EQ(std::count(facts_.begin(), facts_.end(), "observed c2"), 1);
}

TEST_F(ObserverTest, TellsWhetherTheEngineIsTheOneFromBefore) {
  engine_.PutSilently(RunningContainer("c1", 1));
  Start();
  Until("synced");
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kFirst);
  engine_.EndStreams();
  Until("synced", 2);
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kUnknown);  // quiet, and not to be seen
  engine_.Put(RunningContainer("c1", 1));
  engine_.EndStreams();
  Until("synced", 3);
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kSame);  // it knows what it told before
  engine_.Restart();
  Until("synced", 4);
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kUnknown);
}

TEST_F(ObserverTest, TheProcessBehindTheSocketTellsARestart) {
  engine_.ShowProcess(41);
  Start();
  Until("synced");
  engine_.EndStreams();
  Until("synced", 2);
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kSame);
  engine_.Restart();
  Until("synced", 3);
  EXPECT_EQ(continuity_, fleet::EngineContinuity::kRestarted);
}

TEST_F(ObserverTest, WhatHappenedSinceTheJournalledCursorIsToldBeforeTheFirstInspect) {
  options_.replay_overlap = 100ns;
  ContainerFacts dead = RunningContainer("c1", 1);
  engine_.Put(dead, "start");
  const std::int64_t heard = engine_.clock_ns();
  engine_.StepClock(1'000'000);
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  dead.status = EngineStatus::kExited;
  engine_.Put(dead, "die");
  options_.cursor =
      store::EventCursor{.engine_id = "memory", .boot = "boot 1", .last_event_ns = heard};
  Start();
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"kill c1", "ended c1", "observed c1", "synced"}));
  const std::int64_t newest = engine_.clock_ns();
  observer_.reset();
  EXPECT_EQ(cursor_.engine_id, "memory");
  EXPECT_EQ(cursor_.boot, "boot 1");
  EXPECT_LE(cursor_.last_event_ns, newest);
  EXPECT_GT(cursor_.last_event_ns, heard);
}

TEST_F(ObserverTest, ACursorOfAnotherEngineOrBootIsOfNoUse) {
  for (const auto& [engine, boot] :
       {std::pair("another", "boot 1"), std::pair("memory", "boot 0")}) {
    options_.cursor = store::EventCursor{.engine_id = engine, .boot = boot, .last_event_ns = 5};
    Start();
    Until("synced");
    EXPECT_GT(engine_.since_ns + options_.stop_reach.count(), 1'000'000) << engine;
    facts_.clear();
  }
}

TEST_F(ObserverTest, OurActsOfAnEarlierLifeAreRecognisedInTheHistory) {
  engine_.PutSilently(RunningContainer("c1", 1));
  engine_.Emit(
      {.type = "container", .action = "kill", .actor_id = "c1", .signal = "15", .time_ns = 0});
  engine_.Emit({.type = "container", .action = "pause", .actor_id = "c1", .time_ns = 0});
  own_acts_.Remember(ContainerId("c1"), runtime::Now() - 30s, std::nullopt);
  Start();
  Until("synced");
  EXPECT_EQ(facts_, (Facts{"pause c1", "observed c1", "synced"}));
}

TEST_F(ObserverTest, AnUnreadableRecordIsCountedAndAnsweredByAList) {
  Start();
  Until("synced");
  const int lists = engine_.lists;
  engine_.Emit(docker::EngineEvent{});
  UntilTrue([&] { return engine_.lists > lists; });
  EXPECT_EQ(status_.unreadable_events, 1U);
}

}  // namespace
}  // namespace fairlead::controller
