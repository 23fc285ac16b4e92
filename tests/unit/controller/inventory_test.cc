#include "controller/inventory.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;
using Outcome = Inventory::Outcome;
using Urgency = Inventory::Urgency;

constexpr std::size_t kMany = 1'000;

ContainerId Id(int n) {
  return ContainerId("c" + std::to_string(n));
}

docker::ContainerSummary Listed(int n, EngineStatus status = EngineStatus::kRunning) {
  docker::ContainerSummary summary;
  summary.id = Id(n);
  summary.status = status;
  return summary;
}

Identity Running(const std::string& started_at = "") {
  return {.status = EngineStatus::kRunning, .started_at = started_at};
}

class InventoryTest : public ::testing::Test {
 protected:
  // The next id to ask about, "" for none.
  std::string Next(std::size_t in_flight_max = kMany) {
    const auto look = inventory_.Next(now_, in_flight_max);
    if (!look) return "";
    looks_.insert_or_assign(look->id, *look);
    return look->id.value;
  }
  void Done(const ContainerId& id, Outcome outcome = Outcome::kManaged,
            Identity identity = Running()) {
    inventory_.Done(looks_.at(id), outcome, now_, std::move(identity));
  }
  bool Mark(int n, Urgency urgency = Urgency::kChange) {
    return inventory_.Mark(Id(n), urgency, now_);
  }
  std::vector<ContainerId> Reconcile(const std::vector<docker::ContainerSummary>& listed,
                                     bool first) {
    return inventory_.Reconcile(listed, inventory_.BeginList(), first, now_);
  }
  // Inspects everything that is due, as managed and running; how many.
  int InspectAll(const std::string& started_at = "") {
    now_ += 1s;
    int asked = 0;
    for (std::string id = Next(); !id.empty(); id = Next(), ++asked)
      Done(ContainerId(id), Outcome::kManaged, Running(started_at));
    return asked;
  }

  TimePoint now_{1000s};
  Inventory inventory_;
  std::map<ContainerId, Inventory::Look> looks_;
};

TEST_F(InventoryTest, AThousandEventsOfOneContainerAreOneInspect) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Mark(1));
  EXPECT_EQ(Next(), "c1");
  EXPECT_EQ(Next(), "");
}

TEST_F(InventoryTest, KeepsAtMostTheGivenNumberInFlight) {
  for (int i = 0; i < 20; ++i) Mark(i);
  int started = 0;
  while (!Next(8).empty()) ++started;
  EXPECT_EQ(started, 8);
}

TEST_F(InventoryTest, AnEventDuringAnInspectAsksAgainButNotAtTheSameTime) {
  Mark(1);
  ASSERT_EQ(Next(), "c1");
  Mark(1);
  EXPECT_EQ(Next(), "");
  now_ += 1s;
  Done(Id(1));
  EXPECT_FALSE(inventory_.is_idle());
  EXPECT_EQ(Next(), "c1");
}

TEST_F(InventoryTest, WhoeverWaitsLongestIsAskedFirst) {
  for (const int n : {5, 3, 9, 1}) Mark(n);
  std::string asked;
  for (std::string id = Next(); !id.empty(); id = Next()) asked += id;
  EXPECT_EQ(asked, "c5c3c9c1");
}

TEST_F(InventoryTest, AStormOfHintsIsAskedAboutAtAFixedRate) {
  int asked = 0;
  for (const TimePoint end = now_ + 1s; now_ < end; now_ += 1ms) {
    Mark(1, Urgency::kHint);
    if (Next().empty()) continue;
    Done(Id(1));
    ++asked;
  }
  EXPECT_EQ(asked, 10);
}

TEST_F(InventoryTest, AChangeInAStormOfHintsIsAskedAboutNearlyAtOnce) {
  Mark(1, Urgency::kHint);
  ASSERT_EQ(Next(), "c1");
  Done(Id(1));
  Mark(1, Urgency::kHint);
  now_ += LookSpacing().change;
  EXPECT_EQ(Next(), "");
  Mark(1, Urgency::kChange);
  EXPECT_EQ(Next(), "c1");
}

TEST_F(InventoryTest, TellsWhenTimeAloneWillAllowAnotherLook) {
  EXPECT_EQ(inventory_.NextDue(now_), std::nullopt);
  Mark(1, Urgency::kHint);
  EXPECT_EQ(inventory_.NextDue(now_), std::nullopt);  // at once, no time needed
  ASSERT_EQ(Next(), "c1");
  Done(Id(1));
  Mark(1, Urgency::kHint);
  EXPECT_EQ(inventory_.NextDue(now_), now_ + LookSpacing().hint);
}

TEST_F(InventoryTest, ContainersThatAreNotOursAreAskedOnce) {
  Mark(1);
  Next();
  Done(Id(1), Outcome::kNotOurs);
  Mark(1);
  EXPECT_TRUE(inventory_.is_idle());
  inventory_.Forget(Id(1));
  Mark(1);
  EXPECT_FALSE(inventory_.is_idle());
}

TEST_F(InventoryTest, AListTellsWhoIsGoneAndCountsWhatNoEventAnnounced) {
  EXPECT_TRUE(Reconcile({Listed(1), Listed(2)}, true).empty());
  InspectAll();
  EXPECT_EQ(inventory_.missed_events(), 0U);
  EXPECT_EQ(Reconcile({Listed(2), Listed(3)}, false), std::vector{Id(1)});
  EXPECT_EQ(inventory_.missed_events(), 2U);  // 1 went and 3 came without an event
  EXPECT_EQ(Next(), "c3");
  EXPECT_EQ(Next(), "c2");  // looks the same, and is looked at in turn
}

TEST_F(InventoryTest, AListThatShowsAnotherStatusAsksAgainAndCountsOnce) {
  Reconcile({Listed(1)}, true);
  InspectAll();
  now_ += 1s;
  Reconcile({Listed(1, EngineStatus::kExited)}, false);
  ASSERT_EQ(Next(), "c1");
  Done(Id(1), Outcome::kManaged, {.status = EngineStatus::kExited});
  EXPECT_EQ(inventory_.missed_events(), 1U);
}

TEST_F(InventoryTest, AListThatShowsAnotherAddressAsksAgain) {
  const auto at = [](std::string ip) {
    return std::vector<NetworkAddress>{{.network = "n", .network_id = "n1", .ipv4 = std::move(ip)}};
  };
  docker::ContainerSummary listed = Listed(1);
  listed.networks = at("10.0.0.2");
  Reconcile({listed}, true);
  ASSERT_EQ(Next(), "c1");
  Done(Id(1), Outcome::kManaged, {.status = EngineStatus::kRunning, .networks = at("10.0.0.2")});
  for (int n = 100; n < 300; ++n) Mark(n);  // so that the sweep does not reach it by itself
  InspectAll();
  listed.networks = at("10.0.0.3");
  now_ += 1s;
  inventory_.Reconcile({listed}, inventory_.BeginList(), false, now_);
  EXPECT_EQ(inventory_.missed_events(), 1U + 200U);
}

// The list was asked for before the container came, and is answered after its inspect.
TEST_F(InventoryTest, AnOlderListTakesNothingAwayThatANewerInspectHasSeen) {
  Reconcile({Listed(1)}, true);
  InspectAll();
  const std::uint64_t list = inventory_.BeginList();
  Mark(2);
  InspectAll();
  EXPECT_TRUE(inventory_.Reconcile({Listed(1)}, list, false, now_).empty());
  EXPECT_EQ(inventory_.missed_events(), 0U);
}

// A list that shows "running" twice says nothing about a restart in between.
TEST_F(InventoryTest, RegularListsAskInTurnAboutWhatLooksTheSame) {
  std::vector<docker::ContainerSummary> listed;
  for (int n = 100; n < 300; ++n) listed.push_back(Listed(n));
  Reconcile(listed, true);
  InspectAll();
  std::set<std::string> asked;
  for (std::size_t list = 1; list <= kSweepShare; ++list) {
    now_ += 30s;
    Reconcile(listed, false);
    for (std::string id = Next(); !id.empty(); id = Next()) {
      asked.insert(id);
      Done(ContainerId(id));
    }
    EXPECT_EQ(asked.size(), list * listed.size() / kSweepShare);
  }
  EXPECT_EQ(inventory_.missed_events(), 0U);
}

TEST_F(InventoryTest, ARestartThatOnlyASweepFoundIsAMissedEvent) {
  Reconcile({Listed(1), Listed(2)}, true);
  InspectAll("life 1");
  Reconcile({Listed(1), Listed(2)}, false);
  Mark(2);  // an event has named it after all
  InspectAll("life 2");
  EXPECT_EQ(inventory_.missed_events(), 1U);
}

TEST_F(InventoryTest, AnAnnouncedChangeIsNotCountedAsMissed) {
  Reconcile({Listed(1)}, true);
  InspectAll();
  Mark(1);
  Mark(2);
  Reconcile({Listed(2)}, false);
  EXPECT_EQ(inventory_.missed_events(), 0U);
}

TEST_F(InventoryTest, WhatHappenedWhileTheStreamWasCutIsNoMissedEvent) {
  Reconcile({Listed(1), Listed(2)}, true);
  InspectAll("life 1");
  Reconcile({Listed(1), Listed(3)}, true);
  InspectAll("life 2");
  EXPECT_EQ(inventory_.missed_events(), 0U);
}

TEST_F(InventoryTest, IsCompleteOnceEverythingListedWasAskedAboutWhateverTurnsDirtyLater) {
  Reconcile({Listed(1), Listed(2)}, true);
  EXPECT_FALSE(inventory_.is_complete());
  ASSERT_EQ(Next(), "c1");
  ASSERT_EQ(Next(), "c2");
  Mark(1);
  Mark(7);
  Done(Id(1));
  EXPECT_FALSE(inventory_.is_complete());
  Done(Id(2));
  EXPECT_TRUE(inventory_.is_complete());
  EXPECT_FALSE(inventory_.is_idle());
}

TEST_F(InventoryTest, AQuestionThatCameToNothingIsAskedOnceMoreBeforeTheFirstSyncGoesOn) {
  Reconcile({Listed(1), Listed(2)}, true);
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(inventory_.is_complete());
    ASSERT_EQ(Next(), "c1");
    ASSERT_EQ(Next(), "c2");
    Done(Id(1), Outcome::kFailed);
    EXPECT_FALSE(inventory_.is_complete());
    Done(Id(2), Outcome::kUnanswered);
    now_ += LookSpacing().failure;
  }
  EXPECT_TRUE(inventory_.is_complete());
}

TEST_F(InventoryTest, AnInspectFromBeforeTheListDoesNotCompleteIt) {
  Mark(1);
  ASSERT_EQ(Next(), "c1");
  Reconcile({Listed(1)}, true);
  Done(Id(1));
  EXPECT_FALSE(inventory_.is_complete());
  InspectAll();
  EXPECT_TRUE(inventory_.is_complete());
}

TEST_F(InventoryTest, WhatWasNamedBeforeTheListCameIsWaitedForToo) {
  Mark(7);
  Reconcile({}, true);
  EXPECT_FALSE(inventory_.is_complete());
  InspectAll();
  EXPECT_TRUE(inventory_.is_complete());
}

TEST_F(InventoryTest, ContainersThatFailedBeforeHoldNoLaterSyncUp) {
  Mark(1);
  ASSERT_EQ(Next(), "c1");
  Done(Id(1), Outcome::kFailed);
  Reconcile({Listed(1)}, true);
  EXPECT_TRUE(inventory_.is_complete());
  EXPECT_EQ(inventory_.undecided(), 1U);
}

TEST_F(InventoryTest, WhoeverIsGoneHoldsNobodyUp) {
  Reconcile({Listed(1)}, true);
  ASSERT_EQ(Next(), "c1");
  Done(Id(1), Outcome::kGone);
  EXPECT_TRUE(inventory_.is_complete());
}

TEST_F(InventoryTest, AFailedInspectIsTriedAgainLaterAndLater) {
  Mark(1);
  ASSERT_EQ(Next(), "c1");
  const LookSpacing spacing;
  for (Duration wait = spacing.failure; wait < spacing.failure_most; wait *= 2) {
    Done(Id(1), Outcome::kFailed);
    EXPECT_EQ(inventory_.undecided(), 1U);
    EXPECT_EQ(inventory_.NextDue(now_), now_ + wait);
    now_ += wait;
    ASSERT_EQ(Next(), "c1");
  }
  Done(Id(1));
  EXPECT_EQ(inventory_.undecided(), 0U);
}

TEST_F(InventoryTest, ContainersThatHangLeaveTheOthersTheirTurns) {
  for (int n = 0; n < 20; ++n) Mark(n);
  for (std::string id = Next(); !id.empty(); id = Next()) Done(ContainerId(id), Outcome::kFailed);
  now_ += 1s;
  Mark(100);
  std::string asked;
  for (std::string id = Next(8); !id.empty(); id = Next(8)) asked += id + " ";
  EXPECT_EQ(asked, "c0 c1 c100 ");
}

TEST_F(InventoryTest, WhatItTracksHasALimit) {
  for (std::size_t n = 0; n < kIdsTrackedMax; ++n) ASSERT_TRUE(Mark(static_cast<int>(n)));
  EXPECT_FALSE(Mark(-1));
  EXPECT_TRUE(Mark(1));
}

TEST_F(InventoryTest, AFollowedContainerIsAskedAboutWithEachListAndNeverGoneByOne) {
  Reconcile({Listed(1)}, true);
  InspectAll();
  inventory_.Follow(Id(7), now_);
  EXPECT_EQ(InspectAll(), 1);
  EXPECT_TRUE(Reconcile({Listed(1)}, false).empty());
  EXPECT_EQ(inventory_.missed_events(), 0U);
  now_ += 1s;
  std::set<std::string> asked;
  for (std::string id = Next(); !id.empty(); id = Next()) asked.insert(id);
  EXPECT_TRUE(asked.contains("c7"));
  Done(Id(7), Outcome::kGone);
  EXPECT_FALSE(inventory_.is_followed(Id(7)));
}

TEST_F(InventoryTest, WhatNoEngineAnsweredIsAwaitedByTheNextSession) {
  Reconcile({Listed(1)}, true);
  InspectAll();
  Mark(1);
  now_ += 1s;
  ASSERT_EQ(Next(), "c1");
  Done(Id(1), Outcome::kUnanswered);
  EXPECT_EQ(inventory_.undecided(), 0U);
  EXPECT_EQ(Next(), "") << "and is not asked again and again meanwhile";
  Reconcile({Listed(1, EngineStatus::kExited)}, true);
  EXPECT_FALSE(inventory_.is_complete());
  now_ += 1s;
  ASSERT_EQ(Next(), "c1");
  Done(Id(1));
  EXPECT_TRUE(inventory_.is_complete());
}

}  // namespace
}  // namespace fairlead::controller
