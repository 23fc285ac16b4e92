#include "nameserver/askers.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "runtime/clock.h"

namespace fairlead::nameserver {
namespace {

using namespace std::chrono_literals;
using Standing = Askers::Standing;

// Answers when it is told to.
class FakeLocator final : public xds::ClientLocator {
 public:
  void Watch(xds::ClientWatch watch, xds::ClientOrigin origin, Tell tell) override {
    EXPECT_FALSE(origin.is_unix);
    if (origin.address.starts_with("127.")) return tell({});
    watched[watch] = {origin.address, std::move(tell)};
    ++asked;
  }
  void Unwatch(xds::ClientWatch watch) override { watched.erase(watch); }

  void Say(const std::string& address, const xds::ClientPlace& place) {
    for (const auto& [watch, client] : std::map(watched)) {
      if (client.first == address) client.second(place);
    }
  }

  std::map<xds::ClientWatch, std::pair<std::string, Tell>> watched;
  int asked = 0;
};

const xds::ClientPlace kShop = {
    .viewer = {.network_ids = {{"n1"}}}, .project = "shop", .container = "c1"};
const xds::ClientPlace kNowhere = {.doubt = "no running container has its address"};

struct Fixture {
  explicit Fixture(NameServerLimits limits = {})
      : askers(std::make_shared<Askers>(
            loop.get_executor(), limits, locator,
            [this](std::string_view word) { ++hits[std::string(word)]; })) {}

  // Asks, and lets everything that is posted run. The standing once it is told.
  std::shared_ptr<std::optional<Askers::Place>> Ask(const std::string& ip) {
    auto told = std::make_shared<std::optional<Askers::Place>>();
    askers->Ask(ip, now, [told](const Askers::Place& place) { *told = place; });
    Run();
    return told;
  }
  void Say(const std::string& address, const xds::ClientPlace& place) {
    locator.Say(address, place);
    Run();
  }
  void Tidy(Duration later) {
    now += later;
    askers->Tidy(now);
  }
  void Run() {
    loop.restart();
    loop.poll();
  }

  boost::asio::io_context loop;
  FakeLocator locator;
  std::map<std::string, int> hits;
  TimePoint now = runtime::Now();
  std::shared_ptr<Askers> askers;
};

TEST(Askers, WhoIsOnTheHostIsKnownAtOnce) {
  Fixture fixture;
  fixture.Ask("127.0.0.1");
  const auto told = fixture.Ask("127.0.0.1");
  ASSERT_TRUE(*told);
  EXPECT_EQ((*told)->standing, Standing::kKnown);
  EXPECT_TRUE((*told)->asker.viewer.is_on_host());
}

TEST(Askers, WhoIsInAContainerWaitsOnceAndIsFollowed) {
  Fixture fixture;
  const auto first = fixture.Ask("172.31.0.7");
  const auto second = fixture.Ask("172.31.0.7");
  EXPECT_FALSE(*first);
  fixture.Say("172.31.0.7", kShop);
  ASSERT_TRUE(*first && *second);
  EXPECT_EQ((*first)->asker.project, "shop");
  EXPECT_EQ((*first)->asker.viewer, kShop.viewer);
  xds::ClientPlace moved = kShop;
  moved.viewer.network_ids->insert("n2");
  fixture.Say("172.31.0.7", moved);
  EXPECT_EQ((*fixture.Ask("172.31.0.7"))->asker.viewer, moved.viewer);
  EXPECT_EQ(fixture.locator.asked, 1);
}

TEST(Askers, AStrangerIsNotFollowedAndLookedUpAgainLater) {
  Fixture fixture;
  const auto told = fixture.Ask("192.0.2.1");
  fixture.Say("192.0.2.1", kNowhere);
  EXPECT_EQ((*told)->standing, Standing::kStranger);
  EXPECT_TRUE(fixture.locator.watched.empty());
  EXPECT_EQ((*fixture.Ask("192.0.2.1"))->standing, Standing::kStranger);
  EXPECT_EQ(fixture.locator.asked, 1);
  fixture.Tidy(5s);
  EXPECT_FALSE(*fixture.Ask("192.0.2.1"));
  EXPECT_EQ(fixture.locator.asked, 2);
}

TEST(Askers, WhoCannotBePlacedInTimeIsToldSo) {
  Fixture fixture;
  const auto told = fixture.Ask("172.31.0.7");
  fixture.Tidy(1s);
  EXPECT_FALSE(*told);
  fixture.Tidy(2s);
  ASSERT_TRUE(*told);
  EXPECT_EQ((*told)->standing, Standing::kUnanswered);
}

TEST(Askers, WhoAsksNoMoreIsForgotten) {
  Fixture fixture;
  fixture.Ask("172.31.0.7");
  fixture.Say("172.31.0.7", kShop);
  EXPECT_EQ(fixture.locator.watched.size(), 1U);
  fixture.Tidy(3min);
  EXPECT_TRUE(fixture.locator.watched.empty());
}

TEST(Askers, OneContainerHasItsSecondsWorthOfQuestionsAndTheHostAsManyAsItLikes) {
  Fixture fixture({.queries_per_second = 10});
  fixture.Ask("172.31.0.7");
  fixture.Say("172.31.0.7", kShop);
  for (int i = 0; i < 20; ++i) fixture.Ask("172.31.0.7");
  EXPECT_EQ(fixture.hits["queries"], 11);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(*fixture.Ask("127.0.0.1"));
  EXPECT_EQ(fixture.hits["queries"], 11);
}

TEST(Askers, NewcomersAreFewAndKeptInBounds) {
  Fixture fixture({.askers_max = 3, .newcomers_per_second = 5});
  for (int i = 0; i < 20; ++i) fixture.Ask("192.0.2." + std::to_string(i));
  EXPECT_EQ(fixture.hits["newcomers"], 15);
  EXPECT_EQ(fixture.locator.watched.size(), 3U);
}

TEST(Askers, FewQuestionsWait) {
  Fixture fixture({.waiting_max = 2});
  for (int i = 0; i < 5; ++i) fixture.Ask("172.31.0.7");
  EXPECT_EQ(fixture.hits["waiting"], 3);
  fixture.Say("172.31.0.7", kShop);
  EXPECT_TRUE(*fixture.Ask("172.31.0.7"));
}

TEST(Askers, NothingIsToldAfterTheEnd) {
  Fixture fixture;
  const auto told = fixture.Ask("172.31.0.7");
  const auto late = fixture.locator.watched.begin()->second.second;
  fixture.askers->Stop();
  late(kShop);
  fixture.Run();
  EXPECT_FALSE(*told);
  EXPECT_TRUE(fixture.locator.watched.empty());
}

}  // namespace
}  // namespace fairlead::nameserver
