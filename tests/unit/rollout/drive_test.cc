#include "rollout/drive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/rollout/fake_site.h"

namespace fairlead::rollout {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Order OrderFor(int replicas, int batch = 1) {
  return {.service = "user-service.shop", .replicas = replicas, .batch = batch, .patience = 30s};
}

TEST(Drive, EveryReplicaIsReplacedAndNeverFewerServe) {
  for (const int batch : {1, 2, 5}) {
    FakeSite site(5);
    const auto report = Drive(site, OrderFor(5, batch));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->replaced, 5);
    EXPECT_EQ(report->replicas, 5);
    EXPECT_EQ(site.Shown(), "NNNNN") << "batch " << batch;
    EXPECT_EQ(site.fewest_serving(), 5) << "batch " << batch;
  }
}

// The point of it all: killed after any number of acts, and again in the next run, it comes to the
// same end, and at no time do fewer replicas serve.
TEST(Drive, KilledAnywhereAndRunAgainItEndsInTheSameState) {
  for (const int replicas : {1, 3}) {
    for (const int batch : {1, 2}) {
      for (int first = 0; first < 40; ++first) {
        for (const int second : {0, 1, 2, 3, 5, 8, -1}) {
          FakeSite site(replicas);
          for (const int acts : {first, second, -1}) {
            site.acts_left = acts;
            const auto report = Drive(site, OrderFor(replicas, batch));
            EXPECT_TRUE(report || acts >= 0) << report.error().message;
          }
          EXPECT_EQ(site.Shown(), std::string(replicas, 'N'))
              << replicas << " in batches of " << batch << ", killed after " << first << " and "
              << second;
          EXPECT_EQ(site.fewest_serving(), replicas) << first << " and " << second;
        }
      }
    }
  }
}

TEST(Drive, WhenAllAreUpToDateNothingIsStartedAndNothingIsLeftBehind) {
  FakeSite site(3);
  site.revision = "old";
  const auto report = Drive(site, OrderFor(3));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->replaced, 0);
  EXPECT_EQ(site.containers().size(), 3U);
  EXPECT_EQ(site.acts_done(), 2) << "one made to ask Compose, and removed";
}

TEST(Drive, ABadVersionGoesWithItsEvidenceAndTheOldOnesStay) {
  for (const int batch : {1, 3}) {
    FakeSite site(3);
    site.is_bad = true;
    const auto report = Drive(site, OrderFor(3, batch));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::kFailedPrecondition);
    EXPECT_THAT(report.error().message, HasSubstr("evidence of /4"));
    EXPECT_EQ(site.Shown(), "ooo");
    EXPECT_EQ(site.fewest_serving(), 3);
  }
}

TEST(Drive, WhatComposeCannotStartIsRemovedAndTheOldOnesStay) {
  FakeSite site(3);
  site.cannot_start = true;
  const auto report = Drive(site, OrderFor(3));
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("port is already allocated"));
  EXPECT_EQ(site.Shown(), "ooo");
}

TEST(Drive, AnOldOneThatCannotBeSparedIsWaitedForAndThenLeft) {
  FakeSite patient(2);
  patient.refusals = 5;
  EXPECT_TRUE(Drive(patient, OrderFor(2)));
  EXPECT_EQ(patient.Shown(), "NN");
  FakeSite site(2);
  site.refusals = 1'000'000;
  const auto report = Drive(site, OrderFor(2));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(site.Shown(), "ooN");
  FakeSite broken(2);
  broken.refusals = 1;
  broken.refusal = Code::kUnavailable;
  EXPECT_EQ(Drive(broken, OrderFor(2)).error().code, Code::kUnavailable) << "not waited for";
}

TEST(Drive, AReplicaThatDiesMeanwhileIsReplacedToo) {
  FakeSite site(3);
  site.acts_left = 4;
  EXPECT_FALSE(Drive(site, OrderFor(3)));
  site.acts_left = -1;
  for (Replica& replica : site.containers())
    if (replica.revision == "old") replica.is_up = replica.serves = false;
  EXPECT_TRUE(Drive(site, OrderFor(3)));
  EXPECT_EQ(site.Shown(), "NNN");
}

TEST(Drive, MoreReplicasThanTheFileSaysNeedAPersonsWord) {
  FakeSite site(5);
  Order order = OrderFor(3);
  const auto refused = Drive(site, order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_EQ(site.acts_done(), 0);
  order.is_scale_typed = true;
  EXPECT_TRUE(Drive(site, order));
  EXPECT_EQ(site.Shown(), "NNN");
}

TEST(Drive, ADryRunShowsTheStepsAndLeavesEverythingAsItWas) {
  FakeSite site(2);
  Order order = OrderFor(2);
  order.is_dry_run = true;
  const auto report = Drive(site, order);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->planned,
            (std::vector<std::string>{"start 1 new, 3 in all", "drain, stop and remove /1",
                                      "start 1 new, 3 in all", "drain, stop and remove /2"}));
  EXPECT_EQ(site.Shown(), "oo");
}

TEST(Drive, AFileThatChangesMeanwhileEndsTheRunAndTheNextOneSettlesIt) {
  class Changing final : public Site {
   public:
    explicit Changing(FakeSite& site) : site_(site) {}
    Result<Sight> Look() override { return site_.Look(); }
    Result<> Make(int total) override { return site_.Make(total); }
    Result<> Start(int total) override {
      if (++starts_ == 2) site_.revision = "newer";
      return site_.Start(total);
    }
    Result<> Retire(const Replica& replica) override { return site_.Retire(replica); }
    Result<> Discard(const Replica& replica) override { return site_.Discard(replica); }
    std::string Evidence(const Replica& replica) override { return site_.Evidence(replica); }
    TimePoint Now() override { return site_.Now(); }
    void Wait(Duration duration) override { site_.Wait(duration); }
    void Tell(const std::string& line) override { site_.Tell(line); }

   private:
    FakeSite& site_;
    int starts_ = 0;
  };
  FakeSite site(3);
  Changing changing(site);
  const auto report = Drive(changing, OrderFor(3));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kAborted);
  EXPECT_TRUE(Drive(site, OrderFor(3)));
  EXPECT_EQ(site.Shown(), "NNN");
  EXPECT_EQ(site.fewest_serving(), 3);
}

}  // namespace
}  // namespace fairlead::rollout
