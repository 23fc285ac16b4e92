#include "nameserver/answer_hold.h"

#include <gtest/gtest.h>

#include "sample_zone.h"

namespace fairlead::nameserver {
namespace {

using namespace std::chrono_literals;
using Adopted = std::map<ServiceName, std::uint64_t>;

const ServiceName kDb = {.project = "shop", .service = "db"};
const TimePoint kStart{std::chrono::hours(1)};

TEST(AnswerHold, WithoutAnAnswerAListIsAdoptedAtOnce) {
  AnswerHold hold(2s);
  hold.OnPublished(kApi, 5, kStart);
  EXPECT_EQ(hold.Due(), kStart);
  EXPECT_EQ(hold.TakeAdopted(kStart), (Adopted{{kApi, 5}}));
  EXPECT_EQ(hold.TakeAdopted(kStart), Adopted());
  EXPECT_EQ(hold.Due(), std::nullopt);
}

TEST(AnswerHold, AnAnswerHoldsTheNextListUntilItsEnd) {
  AnswerHold hold(2s);
  hold.OnPublished(kApi, 5, kStart);
  hold.OnTold(kApi, kStart + 1s);
  hold.OnPublished(kApi, 6, kStart + 1500ms);
  hold.OnPublished(kDb, 1, kStart + 1500ms);  // nobody has asked for it
  EXPECT_EQ(hold.TakeAdopted(kStart + 1500ms), (Adopted{{kApi, 5}, {kDb, 1}}));
  EXPECT_EQ(hold.Due(), kStart + 3s);
  EXPECT_EQ(hold.TakeAdopted(kStart + 2999ms), Adopted());
  EXPECT_EQ(hold.TakeAdopted(kStart + 3s), (Adopted{{kApi, 6}}));
}

TEST(AnswerHold, AnswersFromTheNewListDoNotHoldIt) {
  AnswerHold hold(2s);
  hold.OnTold(kApi, kStart);
  hold.OnPublished(kApi, 6, kStart + 1s);
  hold.OnTold(kApi, kStart + 1900ms);
  EXPECT_EQ(hold.TakeAdopted(kStart + 2s), (Adopted{{kApi, 6}}));
  // ... but the one after it.
  hold.OnPublished(kApi, 7, kStart + 2s);
  EXPECT_EQ(hold.Due(), kStart + 3900ms);
}

TEST(AnswerHold, AnOldAnswerHoldsNothing) {
  AnswerHold hold(2s);
  hold.OnTold(kApi, kStart);
  hold.OnPublished(kApi, 6, kStart + 5s);
  EXPECT_EQ(hold.TakeAdopted(kStart + 5s), (Adopted{{kApi, 6}}));
}

TEST(AnswerHold, TooManyListsAtOnceAreHeldTogetherAndNoneIsAdoptedEarly) {
  AnswerHold hold(2s);
  TimePoint now = kStart;
  std::uint64_t revision = 0;
  for (std::size_t i = 0; i < 2 * AnswerHold::kPendingMax; ++i) {
    hold.OnTold(kApi, now);
    hold.OnPublished(kApi, ++revision, now);
    now += 10ms;
  }
  EXPECT_EQ(hold.TakeAdopted(kStart + 2s), (Adopted{{kApi, 1}}));
  const TimePoint last = now - 10ms + 2s;
  const Adopted before = hold.TakeAdopted(last - 1ms);
  EXPECT_LT(before.at(kApi), revision);
  EXPECT_EQ(hold.TakeAdopted(last), (Adopted{{kApi, revision}}));
}

TEST(AnswerHold, WhatIsDroppedIsForgotten) {
  AnswerHold hold(2s);
  hold.OnTold(kApi, kStart);
  hold.OnPublished(kApi, 6, kStart);
  hold.OnDropped(kApi);
  EXPECT_EQ(hold.Due(), std::nullopt);
}

}  // namespace
}  // namespace fairlead::nameserver
