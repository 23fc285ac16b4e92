#include "controller/inventory.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fairlead::controller {
namespace {

ContainerId Id(int n) {
  return ContainerId("c" + std::to_string(n));
}

docker::ContainerSummary Listed(int n, EngineStatus status = EngineStatus::kRunning) {
  docker::ContainerSummary summary;
  summary.id = Id(n);
  summary.status = status;
  return summary;
}

// Inspects everything that is dirty, as a managed running container.
void InspectAll(Inventory& inventory) {
  while (const auto id = inventory.Next())
    inventory.Done(*id, Inventory::Outcome::kManaged, EngineStatus::kRunning);
}

TEST(Inventory, AThousandEventsOfOneContainerAreOneInspect) {
  Inventory inventory;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(inventory.Mark(Id(1)));
  EXPECT_EQ(inventory.Next(), Id(1));
  EXPECT_EQ(inventory.Next(), std::nullopt);
}

TEST(Inventory, KeepsAtMostEightInspectsInFlight) {
  Inventory inventory;
  for (int i = 0; i < 20; ++i) inventory.Mark(Id(i));
  int started = 0;
  while (inventory.Next()) ++started;
  EXPECT_EQ(started, 8);
}

TEST(Inventory, AnEventDuringAnInspectAsksAgainButNotAtTheSameTime) {
  Inventory inventory;
  inventory.Mark(Id(1));
  ASSERT_EQ(inventory.Next(), Id(1));
  inventory.Mark(Id(1));
  EXPECT_EQ(inventory.Next(), std::nullopt);
  inventory.Done(Id(1), Inventory::Outcome::kManaged, EngineStatus::kRunning);
  EXPECT_FALSE(inventory.settled());
  EXPECT_EQ(inventory.Next(), Id(1));
}

TEST(Inventory, ContainersThatAreNotOursAreAskedOnce) {
  Inventory inventory;
  inventory.Mark(Id(1));
  inventory.Next();
  inventory.Done(Id(1), Inventory::Outcome::kNotOurs);
  inventory.Mark(Id(1));
  EXPECT_TRUE(inventory.settled());
  inventory.Forget(Id(1));
  inventory.Mark(Id(1));
  EXPECT_FALSE(inventory.settled());
}

TEST(Inventory, AListTellsWhoIsGoneAndCountsWhatNoEventAnnounced) {
  Inventory inventory;
  EXPECT_TRUE(inventory.Reconcile({Listed(1), Listed(2)}, true).empty());
  InspectAll(inventory);
  EXPECT_EQ(inventory.missed_events(), 0U);
  EXPECT_EQ(inventory.Reconcile({Listed(2), Listed(3)}, false), std::vector{Id(1)});
  EXPECT_EQ(inventory.missed_events(), 2U);  // 1 went and 3 came without an event
  EXPECT_EQ(inventory.Next(), Id(2));        // looks the same, and is looked at in turn
  EXPECT_EQ(inventory.Next(), Id(3));
}

TEST(Inventory, AListThatShowsAnotherStatusAsksAgain) {
  Inventory inventory;
  inventory.Reconcile({Listed(1)}, true);
  InspectAll(inventory);
  inventory.Reconcile({Listed(1, EngineStatus::kExited)}, false);
  EXPECT_FALSE(inventory.settled());
  EXPECT_EQ(inventory.missed_events(), 1U);
}

// A list that shows "running" twice says nothing about a restart in between.
TEST(Inventory, RegularListsAskInTurnAboutWhatLooksTheSame) {
  Inventory inventory;
  std::vector<docker::ContainerSummary> listed;
  for (int n = 100; n < 300; ++n) listed.push_back(Listed(n));
  inventory.Reconcile(listed, true);
  InspectAll(inventory);
  std::set<ContainerId> asked;
  for (std::size_t list = 1; list <= kSweepShare; ++list) {
    inventory.Reconcile(listed, false);
    while (const auto id = inventory.Next()) {
      asked.insert(*id);
      inventory.Done(*id, Inventory::Outcome::kManaged, EngineStatus::kRunning);
    }
    EXPECT_EQ(asked.size(), list * listed.size() / kSweepShare);
  }
  EXPECT_EQ(inventory.missed_events(), 0U);
}

TEST(Inventory, ARestartThatOnlyASweepFoundIsAMissedEvent) {
  Inventory inventory;
  using enum Inventory::Outcome;
  inventory.Reconcile({Listed(1), Listed(2)}, true);
  while (const auto id = inventory.Next())
    inventory.Done(*id, kManaged, EngineStatus::kRunning, "life 1");
  inventory.Reconcile({Listed(1), Listed(2)}, false);
  inventory.Mark(Id(2));  // an event has named it after all
  while (const auto id = inventory.Next())
    inventory.Done(*id, kManaged, EngineStatus::kRunning, "life 2");
  EXPECT_EQ(inventory.missed_events(), 1U);
}

TEST(Inventory, AnAnnouncedChangeIsNotCountedAsMissed) {
  Inventory inventory;
  inventory.Reconcile({Listed(1)}, true);
  InspectAll(inventory);
  inventory.Mark(Id(1));
  inventory.Mark(Id(2));
  inventory.Reconcile({Listed(2)}, false);
  EXPECT_EQ(inventory.missed_events(), 0U);
}

}  // namespace
}  // namespace fairlead::controller
