#include "fleet/host_turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "fleet/limits.h"

namespace fairlead::fleet {
namespace {

const TimePoint kBegan{std::chrono::hours(1)};
const ServiceName kApi{.project = "shop", .service = "api"};
const ServiceName kWeb{.project = "shop", .service = "web"};
const ServiceName kTenant{.project = "tenant", .service = "a"};

ContainerId Id(const std::string& text) {
  return ContainerId(text);
}

TEST(HostTurns, AProjectThatHadNoneGoesFirstAndInItTheServiceThatWaitedLongest) {
  HostTurns turns(2);
  EXPECT_EQ(turns.RankOf(kApi), turns.RankOf(kTenant));
  turns.Begin(Id("api-1"), kApi, kBegan);
  EXPECT_LT(turns.RankOf(kTenant), turns.RankOf(kWeb)) << "web had none, but its project had";
  EXPECT_LT(turns.RankOf(kWeb), turns.RankOf(kApi));
  turns.Begin(Id("a-1"), kTenant, kBegan);
  EXPECT_LT(turns.RankOf(kWeb), turns.RankOf(kTenant));
}

// A project of many services that fail for ever gets no more than its share.
TEST(HostTurns, ManyServicesOfOneProjectAreOneInTheRow) {
  HostTurns turns(1);
  std::map<std::string, int> had;
  for (int i = 0; i < 300; ++i) {
    std::deque<ServiceName> waiting = {kApi, {.project = "other", .service = "b"}};
    for (int n = 0; n < 50; ++n)
      waiting.push_front({.project = "tenant", .service = "s" + std::to_string(n)});
    const ServiceName next = *std::ranges::min_element(
        waiting, {}, [&](const ServiceName& name) { return turns.RankOf(name); });
    turns.Begin(Id("one"), next, kBegan);
    turns.End(Id("one"));
    ++had[next.project];
  }
  EXPECT_EQ(had, (std::map<std::string, int>{{"other", 100}, {"shop", 100}, {"tenant", 100}}));
}

TEST(HostTurns, ARepairHoldsAPlaceUntilItEnds) {
  HostTurns turns(2);
  turns.Begin(Id("api-1"), kApi, kBegan);
  EXPECT_TRUE(turns.HasPlaceFor("shop", kBegan));
  turns.Begin(Id("web-1"), kWeb, kBegan);
  EXPECT_FALSE(turns.HasPlaceFor("shop", kBegan));
  EXPECT_FALSE(turns.HasPlaceFor("tenant", kBegan));
  turns.End(Id("api-1"));
  EXPECT_TRUE(turns.HasPlaceFor("tenant", kBegan));
  EXPECT_EQ(turns.under_way(), 1);
}

TEST(HostTurns, AnOldOneHoldsBackItsOwnProjectAlone) {
  HostTurns turns(2);
  turns.Begin(Id("a-1"), kTenant, kBegan);
  turns.Begin(Id("a-2"), kTenant, kBegan + std::chrono::seconds(30));
  EXPECT_EQ(turns.NextPlaceFor("shop", kBegan + std::chrono::seconds(30)),
            kBegan + kPlaceHeldLongest);
  EXPECT_EQ(turns.NextPlaceFor("tenant", kBegan + std::chrono::seconds(30)), std::nullopt);
  const TimePoint old = kBegan + kPlaceHeldLongest;
  EXPECT_FALSE(turns.HasPlaceFor("shop", old - Duration(1)));
  EXPECT_TRUE(turns.HasPlaceFor("shop", old));
  EXPECT_EQ(turns.NextPlaceFor("shop", old), std::nullopt) << "it has one";
  EXPECT_FALSE(turns.HasPlaceFor("tenant", old + std::chrono::hours(1)));
  turns.Begin(Id("api-1"), kApi, old);
  EXPECT_EQ(turns.TakenFor("shop", old + std::chrono::seconds(30)), 1);
  EXPECT_EQ(turns.TakenFor("tenant", old + std::chrono::seconds(30)), 3);
}

TEST(HostTurns, WhatAForgottenServiceHadIsForgotten) {
  HostTurns turns(2);
  turns.Begin(Id("api-1"), kApi, kBegan);
  turns.Forget(kApi);
  EXPECT_EQ(turns.RankOf(kApi), HostTurns::Rank());
}

}  // namespace
}  // namespace fairlead::fleet
