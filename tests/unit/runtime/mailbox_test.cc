#include "runtime/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace fairlead::runtime {
namespace {

TEST(Mailbox, GivesEverythingOnceInTheOrderItCame) {
  Mailbox<int> mailbox(10, [] {});
  for (int value : {3, 1, 2}) EXPECT_TRUE(mailbox.Push(value));
  EXPECT_EQ(mailbox.TakeAll(), (std::vector{3, 1, 2}));
  EXPECT_TRUE(mailbox.TakeAll().empty());
}

TEST(Mailbox, RefusesWhatExceedsItsCapacityAndCountsIt) {
  Mailbox<int> mailbox(2, [] {});
  EXPECT_TRUE(mailbox.Push(1));
  EXPECT_TRUE(mailbox.Push(2));
  EXPECT_FALSE(mailbox.Push(3));
  EXPECT_FALSE(mailbox.Push(4));
  EXPECT_EQ(mailbox.refused(), 2U);
  EXPECT_EQ(mailbox.TakeAll(), (std::vector{1, 2}));
  EXPECT_TRUE(mailbox.Push(5));
}

TEST(Mailbox, WakesOnceEachTimeItIsNoLongerEmpty) {
  int wakes = 0;
  Mailbox<int> mailbox(10, [&] { ++wakes; });
  mailbox.Push(1);
  mailbox.Push(2);
  EXPECT_EQ(wakes, 1);
  mailbox.TakeAll();
  EXPECT_EQ(wakes, 1);
  mailbox.Push(3);
  EXPECT_EQ(wakes, 2);
}

// As the controller uses it: whoever is woken takes all. Each producer's values stay in order.
TEST(Mailbox, LosesNothingBetweenManyProducersAndOneConsumer) {
  constexpr int kProducers = 4;
  constexpr int kValues = 2'000;
  std::atomic<int> wakes = 0;
  Mailbox<std::pair<int, int>> mailbox(kProducers * kValues, [&] { ++wakes; });
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&mailbox, producer] {
      for (int value = 0; value < kValues; ++value) mailbox.Push({producer, value});
    });
  }
  std::vector<int> next(kProducers, 0);
  for (int taken = 0; taken < kProducers * kValues;) {
    if (wakes.exchange(0) == 0) std::this_thread::yield();
    for (const auto& [producer, value] : mailbox.TakeAll()) {
      EXPECT_EQ(value, next.at(static_cast<std::size_t>(producer))++);
      ++taken;
    }
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(mailbox.refused(), 0U);
}

}  // namespace
}  // namespace fairlead::runtime
