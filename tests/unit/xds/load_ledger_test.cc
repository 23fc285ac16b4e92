#include "xds/load_ledger.h"

#include <gtest/gtest.h>

namespace fairlead::xds {
namespace {

using namespace std::chrono_literals;

constexpr LoadLedger::StreamKey kWeb{.connection = 1, .number = 1};
constexpr LoadLedger::StreamKey kWebsOther{.connection = 1, .number = 2};
constexpr LoadLedger::StreamKey kShop{.connection = 2, .number = 3};

ServiceLoad Load(std::uint64_t open, std::uint64_t succeeded, std::uint64_t failed = 0) {
  ServiceLoad load;
  load.calls = {.in_progress = open,
                .issued = open + succeeded + failed,
                .succeeded = succeeded,
                .failed = failed};
  return load;
}

TimePoint At(int seconds) {
  return TimePoint(std::chrono::seconds(seconds));
}

class Ledger : public ::testing::Test {
 protected:
  Ledger() {
    for (const LoadLedger::StreamKey stream : {kWeb, kWebsOther, kShop}) ledger_.Begin(stream);
  }
  std::uint64_t Open(const std::string& service) const {
    return ledger_.totals().at(service).in_progress;
  }
  LoadLedger ledger_;
};

TEST_F(Ledger, OpenCallsAreThoseOfTheLastReportsAndEndedOnesAddUp) {
  ledger_.Take(kWeb, {{"user.shop", Load(3, 10, 1)}}, At(1));
  ledger_.Take(kShop, {{"user.shop", Load(2, 5)}}, At(1));
  ledger_.Take(kWeb, {{"user.shop", Load(1, 7, 2)}}, At(3));
  const ServiceLoadTotal& total = ledger_.totals().at("user.shop");
  EXPECT_EQ(total.clients, 2u);
  EXPECT_EQ(total.in_progress, 3u);
  EXPECT_EQ(total.succeeded, 22u);
  EXPECT_EQ(total.failed, 3u);
  EXPECT_EQ(total.issued, 14u + 7u + 10u);
}

TEST_F(Ledger, AServiceThatAReportDoesNotNameHasNoOpenCalls) {
  ledger_.Take(kWeb, {{"user.shop", Load(3, 0)}, {"cart.shop", Load(1, 0)}}, At(1));
  ledger_.Take(kWeb, {{"cart.shop", Load(2, 0)}}, At(3));
  EXPECT_EQ(Open("user.shop"), 0u);
  EXPECT_EQ(ledger_.totals().at("user.shop").clients, 0u);
  EXPECT_EQ(Open("cart.shop"), 2u);
}

TEST_F(Ledger, AClientThatIsGoneHasNoOpenCallsAndItsEndedOnesStay) {
  ledger_.Take(kWeb, {{"user.shop", Load(3, 10)}}, At(1));
  ledger_.End(kWeb);
  EXPECT_EQ(Open("user.shop"), 0u);
  EXPECT_EQ(ledger_.totals().at("user.shop").succeeded, 10u);
  EXPECT_EQ(ledger_.stream_count(), 2u);
}

TEST_F(Ledger, OfAServiceThatIsGoneNothingIsKept) {
  ledger_.Take(kWeb, {{"user.shop", Load(3, 10)}}, At(1));
  ledger_.Drop("user.shop");
  ledger_.Drop("nobody.shop");
  EXPECT_TRUE(ledger_.totals().empty());
  EXPECT_FALSE(ledger_.Find(1, "user.shop").has_value());
  // It is back: what was told before is not taken off.
  ledger_.Take(kShop, {{"user.shop", Load(2, 0)}}, At(2));
  ledger_.Take(kWeb, {{"user.shop", Load(1, 0)}}, At(3));
  EXPECT_EQ(Open("user.shop"), 3u);
}

TEST_F(Ledger, AConnectionsStreamsAreToldTogether) {
  ServiceLoad first = Load(3, 10);
  first.endpoints["10.0.0.1:80"] = {.in_progress = 3};
  ServiceLoad second = Load(1, 5);
  second.endpoints["10.0.0.1:80"] = {.in_progress = 1};
  ledger_.Take(kWeb, {{"user.shop", first}}, At(1));
  ledger_.Take(kWebsOther, {{"user.shop", second}, {"cart.shop", Load(9, 9)}}, At(2));
  const auto told = ledger_.Find(1, "user.shop");
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->at, At(2));
  EXPECT_EQ(told->load.calls.in_progress, 4u);
  EXPECT_EQ(told->load.endpoints.at("10.0.0.1:80").in_progress, 4u);
  EXPECT_FALSE(ledger_.Find(2, "user.shop").has_value());
  EXPECT_TRUE(ledger_.Reports(2)) << "it has told nothing yet, but will";
  EXPECT_FALSE(ledger_.Reports(3));
}

TEST_F(Ledger, RatesAreThoseOfTheLastReportsAndTakenBackExactly) {
  ServiceLoad of_web = Load(3, 9, 1);
  of_web.interval = 3s;
  of_web.dropped = 2;
  ServiceLoad of_shop = Load(0, 20);
  of_shop.interval = 2s;
  ledger_.Take(kShop, {{"user.shop", of_shop}}, At(1));
  const spec::CallLoad before = ledger_.totals().at("user.shop").Now();
  EXPECT_EQ(before, (spec::CallLoad{.clients = 1, .issued_per_second = 10, .told_at = At(1)}));
  ledger_.Take(kWeb, {{"user.shop", of_web}}, At(2));
  EXPECT_EQ(ledger_.totals().at("user.shop").Now(), (spec::CallLoad{.clients = 2,
                                                                    .in_progress = 3,
                                                                    .issued_per_second = 14.333,
                                                                    .failed_per_second = 0.333,
                                                                    .dropped_per_second = 0.666,
                                                                    .told_at = At(2)}));
  ledger_.End(kWeb);
  EXPECT_EQ(ledger_.totals().at("user.shop").rates, (CallRates{.issued = 10'000}));
}

TEST_F(Ledger, ARateOfNoIntervalIsNoneAndAHugeOneEnds) {
  ServiceLoad load = Load(0, UINT64_MAX);
  ledger_.Take(kWeb, {{"user.shop", load}}, At(1));
  EXPECT_EQ(ledger_.totals().at("user.shop").rates, CallRates());
  load.interval = 1ns;
  ledger_.Take(kWeb, {{"user.shop", load}}, At(2));
  EXPECT_EQ(ledger_.totals().at("user.shop").Now().issued_per_second, 1e9);
}

TEST_F(Ledger, AReplicaIsToldOfByThoseWhoTellReplicasApart) {
  ServiceLoad by_host = Load(4, 10);
  by_host.interval = 2s;
  by_host.endpoints = {{"10.0.0.1:80", {.in_progress = 3, .issued = 8, .failed = 2}},
                       {"10.0.0.2:80", {.in_progress = 1, .issued = 6}}};
  ledger_.Take(kWeb, {{"user.shop", by_host}}, At(1));
  by_host.endpoints = {{"172.31.0.1:80", {.in_progress = 1, .issued = 2}}};
  ledger_.Take(kWebsOther, {{"user.shop", by_host}}, At(2));
  ledger_.Take(kShop, {{"user.shop", Load(7, 7)}}, At(3));
  EXPECT_EQ(ledger_.LoadAt("user.shop", {"10.0.0.1:80", "172.31.0.1:80"}),
            (spec::CallLoad{.clients = 2,
                            .in_progress = 4,
                            .issued_per_second = 5,
                            .failed_per_second = 1,
                            .told_at = At(2)}));
  EXPECT_EQ(ledger_.LoadAt("user.shop", {"10.0.0.9:80"}), spec::CallLoad());
  EXPECT_EQ(ledger_.LoadAt("cart.shop", {"10.0.0.1:80"}), spec::CallLoad());
}

class Quiet : public Ledger {
 protected:
  void Tell(int at, std::uint64_t open, std::uint64_t succeeded = 1) {
    ledger_.Take(kShop, {{"user.shop", Load(open, succeeded)}}, At(at));
  }
  bool IsQuiet(int since, int now) const {
    return ledger_.IsQuiet(kShop.connection, "user.shop", At(since), At(now), 6s);
  }
};

TEST_F(Quiet, IsWhatAReportSaysThatCameAfterwards) {
  EXPECT_FALSE(IsQuiet(0, 1)) << "it has told nothing";
  Tell(2, 3);
  EXPECT_FALSE(IsQuiet(1, 2));
  Tell(4, 0);
  EXPECT_TRUE(IsQuiet(1, 4));
  EXPECT_TRUE(IsQuiet(3, 4));
  EXPECT_FALSE(IsQuiet(4, 5)) << "it was not told after that";
}

TEST_F(Quiet, StaysTrueWhateverIsCalledLater) {
  Tell(2, 3);
  Tell(4, 0);
  Tell(6, 5);
  EXPECT_TRUE(IsQuiet(3, 6));
  EXPECT_FALSE(IsQuiet(4, 6));
  Tell(8, 5);
  EXPECT_TRUE(IsQuiet(3, 8));
  EXPECT_FALSE(IsQuiet(5, 8));
}

TEST_F(Quiet, AReportThatDoesNotNameTheServiceSaysSoToo) {
  Tell(2, 3);
  ledger_.Take(kShop, {{"cart.shop", Load(1, 0)}}, At(4));
  EXPECT_TRUE(IsQuiet(3, 4));
  Tell(6, 2);
  EXPECT_TRUE(IsQuiet(3, 6));
}

TEST_F(Quiet, SilenceAfterAReportOfNothingSaysSoInTheEnd) {
  Tell(2, 0, 0);
  EXPECT_FALSE(IsQuiet(3, 9));
  EXPECT_TRUE(IsQuiet(3, 10));
  Tell(11, 0, 1);
  EXPECT_FALSE(IsQuiet(12, 30)) << "something was told, so the next report is due";
}

TEST_F(Quiet, EveryStreamOfTheConnectionHasToSaySo) {
  ledger_.Take(kWeb, {{"user.shop", Load(0, 1)}}, At(4));
  EXPECT_FALSE(ledger_.IsQuiet(1, "user.shop", At(3), At(4), 6s));
  ledger_.Take(kWebsOther, {}, At(5));
  EXPECT_TRUE(ledger_.IsQuiet(1, "user.shop", At(3), At(5), 6s));
  EXPECT_FALSE(ledger_.IsQuiet(3, "user.shop", At(3), At(30), 6s)) << "nobody is there";
}

}  // namespace
}  // namespace fairlead::xds
