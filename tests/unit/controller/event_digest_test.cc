#include "controller/event_digest.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::controller {
namespace {

constexpr std::int64_t kAsked = 1'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

docker::EngineEvent Event(const std::string& action, const std::string& id, std::int64_t at) {
  return {.type = "container", .action = action, .actor_id = id, .signal = "", .time_ns = at};
}

class EventDigestTest : public ::testing::Test {
 protected:
  EventDigestTest() { digest_.BeginStream({.now_ns = kAsked}); }

  EventDigest digest_;
};

TEST_F(EventDigestTest, AStormAboutOneContainerIsOneLine) {
  for (int i = 0; i < 10'000; ++i) digest_.Add(Event("rename", "c1", kAsked + i));
  const Digest taken = digest_.Take();
  EXPECT_EQ(taken.dirty.size(), 1U);
  EXPECT_EQ(taken.dirty.at(ContainerId("c1")), Inventory::Urgency::kHint);
  EXPECT_EQ(taken.events, 10'000U);
  EXPECT_TRUE(taken.acts.empty());
  EXPECT_FALSE(taken.has_overflowed);
  EXPECT_TRUE(digest_.Take().is_empty());
}

TEST_F(EventDigestTest, AChangeAmongHintsIsAChange) {
  digest_.Add(Event("rename", "c1", kAsked));
  digest_.Add(Event("die", "c1", kAsked + 1));
  digest_.Add(Event("rename", "c1", kAsked + 2));
  EXPECT_EQ(digest_.Take().dirty.at(ContainerId("c1")), Inventory::Urgency::kChange);
}

TEST_F(EventDigestTest, KeepsTheOrderOfActs) {
  for (const char* action : {"kill", "die", "stop", "start", "restart", "destroy"})
    digest_.Add(Event(action, "c1", kAsked + 1));
  std::string seen;
  for (const EngineAct& act : digest_.Take().acts) seen += act.action + " ";
  EXPECT_EQ(seen, "kill die stop restart destroy ");
}

TEST_F(EventDigestTest, TooManyActsAndUnreadableRecordsAskForAList) {
  for (std::size_t i = 0; i <= kDigestActsMax; ++i)
    digest_.Add(Event("kill", "c1", kAsked + static_cast<std::int64_t>(i)));
  Digest taken = digest_.Take();
  EXPECT_EQ(taken.acts.size(), kDigestActsMax);
  EXPECT_TRUE(taken.has_overflowed);
  digest_.Add(docker::EngineEvent{});
  taken = digest_.Take();
  EXPECT_TRUE(taken.has_overflowed);
  EXPECT_EQ(taken.unreadable, 1U);
}

TEST_F(EventDigestTest, HistoryEndsWithTheFirstEventAfterTheQuestionWhateverTheClockDoesLater) {
  digest_.Add(Event("kill", "c1", kAsked - kSecond));
  digest_.Add(Event("kill", "c2", kAsked + 1));
  digest_.Add(Event("kill", "c3", kAsked - 3'600 * kSecond));  // the clock was set back
  const Digest taken = digest_.Take();
  ASSERT_EQ(taken.acts.size(), 3U);
  EXPECT_TRUE(taken.acts[0].is_replayed);
  EXPECT_FALSE(taken.acts[1].is_replayed);
  EXPECT_FALSE(taken.acts[2].is_replayed);
}

// An earlier life heard all of it and is no more: only who is still being stopped is news.
TEST_F(EventDigestTest, OfWhatWasHeardBeforeOnlyStopsUnderWayAreTold) {
  constexpr std::int64_t kHeard = kAsked - 2 * kSecond;
  digest_.BeginStream({.heard_ns = kHeard, .now_ns = kAsked});
  digest_.Add(Event("kill", "ended", kHeard - 9));
  digest_.Add(Event("kill", "stopping", kHeard - 8));
  digest_.Add(Event("die", "ended", kHeard - 7));
  digest_.Add(Event("stop", "ended", kHeard - 6));
  digest_.Add(Event("kill", "stopping", kHeard - 5));
  digest_.Add(Event("die", "other", kHeard - 4));
  digest_.Add(Event("kill", "last", kHeard));
  const Digest taken = digest_.Take();
  ASSERT_EQ(taken.acts.size(), 2U);
  EXPECT_EQ(taken.acts[0].id.value, "stopping");
  EXPECT_EQ(taken.acts[0].time_ns, kHeard - 5);
  EXPECT_TRUE(taken.acts[0].is_replayed);
  EXPECT_EQ(taken.acts[1].id.value, "last");
  EXPECT_TRUE(digest_.Take().acts.empty());
}

TEST_F(EventDigestTest, AStopUnderWayIsToldThoughNothingYoungerIs) {
  digest_.BeginStream({.heard_ns = kAsked - 1, .now_ns = kAsked});
  digest_.Add(Event("kill", "c1", kAsked - kSecond));
  EXPECT_EQ(digest_.Take().acts.size(), 1U);
}

TEST_F(EventDigestTest, AnEventThatComesAgainCountsOnceAndOnALaterStreamProvesTheHistory) {
  digest_.Add(Event("kill", "c1", kAsked));
  digest_.Add(Event("kill", "c1", kAsked));
  Digest taken = digest_.Take();
  EXPECT_EQ(taken.acts.size(), 1U);
  EXPECT_FALSE(taken.has_event_from_before);
  digest_.StreamIsWhole();
  digest_.BeginStream({.now_ns = kAsked + kSecond});
  digest_.Add(Event("kill", "c1", kAsked));
  taken = digest_.Take();
  EXPECT_TRUE(taken.acts.empty());
  EXPECT_TRUE(taken.has_event_from_before);
  digest_.BeginStream({.now_ns = kAsked + 2 * kSecond});
  EXPECT_FALSE(digest_.Take().has_event_from_before);
}

// An engine that is starting may end a stream or two before it shows everything: what it told on
// them proves nothing about the engine before it.
TEST_F(EventDigestTest, WhatOnlyAnUnfinishedStreamHadToldProvesNoHistory) {
  digest_.StreamIsWhole();
  digest_.BeginStream({.now_ns = kAsked + kSecond});
  digest_.Add(Event("start", "c1", kAsked + kSecond));
  digest_.BeginStream({.now_ns = kAsked + kSecond});
  digest_.Add(Event("start", "c1", kAsked + kSecond));
  const Digest taken = digest_.Take();
  EXPECT_EQ(taken.events, 1U);
  EXPECT_FALSE(taken.has_event_from_before);
}

TEST_F(EventDigestTest, ANetworkEventNamesOneContainerOrEverybody) {
  digest_.Add({.type = "network",
               .action = "connect",
               .actor_id = "n1",
               .signal = "",
               .time_ns = kAsked,
               .network_container_id = "c1"});
  EXPECT_EQ(digest_.Take().dirty.size(), 1U);
  digest_.Add({.type = "network",
               .action = "disconnect",
               .actor_id = "n1",
               .signal = "",
               .time_ns = kAsked,
               .network_container_id = ""});
  EXPECT_TRUE(digest_.Take().names_everybody);
}

TEST(ReplayFilter, RemembersByArrivalSoThatAClockThatStepsBackHidesNothing) {
  ReplayFilter filter;
  filter.BeginStream();
  using enum ReplayFilter::Novelty;
  for (int i = 0; i < 3'000; ++i) EXPECT_EQ(filter.Take(Event("start", "c1", kAsked + i)), kNew);
  for (int i = 0; i < 3'000; ++i) EXPECT_EQ(filter.Take(Event("start", "c1", i)), kNew);
  EXPECT_EQ(filter.size(), kReplayKeysMax);
  filter.StreamIsWhole();
  filter.BeginStream();
  for (int i = 2'744; i < 3'000; ++i)
    EXPECT_EQ(filter.Take(Event("start", "c1", i)), kFromBefore) << i;
  EXPECT_EQ(filter.size(), kReplayKeysMax);
}

}  // namespace
}  // namespace fairlead::controller
