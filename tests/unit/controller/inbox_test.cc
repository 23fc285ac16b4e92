#include "controller/inbox.h"

#include <gtest/gtest.h>

#include <variant>

namespace fairlead::controller {
namespace {

class InboxTest : public ::testing::Test {
 protected:
  StatusBoard board_{{}, [](fleet::OperatorCommand, std::function<void(Result<>)>) {}, {}, {}};
  Inbox inbox_{board_};
};

TEST_F(InboxTest, KeepsMailThatComesBeforeItsConsumer) {
  EXPECT_TRUE(inbox_.Post(fleet::Tick{}));
  EXPECT_TRUE(inbox_.OnFact(fleet::ContainerGone{ContainerId("c1")}));
  int wakes = 0;
  inbox_.SetConsumer([&] { ++wakes; });
  EXPECT_EQ(wakes, 1);
  const std::vector<fleet::Event> mail = inbox_.TakeAll();
  ASSERT_EQ(mail.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<fleet::Tick>(mail[0]));
  EXPECT_TRUE(std::holds_alternative<fleet::ContainerGone>(mail[1]));
}

TEST_F(InboxTest, WakesItsConsumerForTheFirstMailAfterEachEmptying) {
  int wakes = 0;
  inbox_.SetConsumer([&] { ++wakes; });
  const int at_first = wakes;
  inbox_.Post(fleet::Tick{});
  inbox_.Post(fleet::Tick{});
  EXPECT_EQ(wakes, at_first + 1);
  inbox_.TakeAll();
  inbox_.Post(fleet::Tick{});
  EXPECT_EQ(wakes, at_first + 2);
}

TEST_F(InboxTest, TurnsWhatOthersTellIntoFacts) {
  const Generation generation{ContainerId("c1"), "t1"};
  inbox_.OnProbe(generation, {.check_class = spec::CheckClass::kTimeout});
  inbox_.OnConnectionClosed(generation);
  inbox_.OnAdopted({"shop", "api"}, 7);
  inbox_.OnSuspicion(generation, {.stage = spec::Suspect::kSilent, .evidence = "no answer"});
  inbox_.OnTransportRefused(generation);
  inbox_.OnCanary(false, "timeout");
  const std::vector<fleet::Event> mail = inbox_.TakeAll();
  ASSERT_EQ(mail.size(), 6U);
  EXPECT_EQ(std::get<fleet::ProbeFinished>(mail[0]).generation, generation);
  EXPECT_EQ(std::get<fleet::ProbeFinished>(mail[0]).outcome.check_class,
            spec::CheckClass::kTimeout);
  EXPECT_EQ(std::get<fleet::ConnectionClosed>(mail[1]).generation, generation);
  EXPECT_EQ(std::get<fleet::ViewAdopted>(mail[2]).revision, 7U);
  EXPECT_EQ(std::get<fleet::SuspicionChanged>(mail[3]).generation, generation);
  EXPECT_EQ(std::get<fleet::SuspicionChanged>(mail[3]).news.evidence, "no answer");
  EXPECT_EQ(std::get<fleet::TransportRefused>(mail[4]).generation, generation);
  EXPECT_FALSE(std::get<fleet::CanaryChanged>(mail[5]).passes);
}

TEST_F(InboxTest, RefusesWhenItIsFullAndTakesAgainAfterwards) {
  for (std::size_t i = 0; i < kInboxCapacity; ++i) ASSERT_TRUE(inbox_.Post(fleet::Tick{}));
  EXPECT_FALSE(inbox_.Post(fleet::Tick{}));
  EXPECT_FALSE(inbox_.OnFact(fleet::InventorySynced{}));
  EXPECT_EQ(inbox_.TakeAll().size(), kInboxCapacity);
  EXPECT_TRUE(inbox_.OnFact(fleet::InventorySynced{}));
}

TEST_F(InboxTest, TheEngineAndItsMissedEventsGoToTheBoard) {
  inbox_.OnEngineInfo({.api_version = "1.41", .engine_version = "20.10.24"});
  inbox_.OnInventory({.state = InventoryState::kSynced, .missed_events = 3});
  EXPECT_EQ(board_.Status().engine_version, "20.10.24");
  EXPECT_EQ(board_.Status().engine_api_version, "1.41");
  EXPECT_EQ(board_.Status().inventory.missed_events, 3U);
  EXPECT_TRUE(inbox_.TakeAll().empty());
}

}  // namespace
}  // namespace fairlead::controller
