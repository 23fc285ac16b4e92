// A target that stops answering: how soon that is told, what is asked meanwhile, and what ends it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "integration/health/live_server.h"
#include "integration/health/recording_sink.h"

namespace fairlead::health::testing {
namespace {

using spec::CheckClass;
using spec::Suspect;
using Clock = std::chrono::steady_clock;

// So many answers of each kind are more than a rule needs.
constexpr std::size_t kAnswers = 25;

spec::CheckTarget Target(const LiveServer& server, const std::string& id = "c1") {
  spec::CheckTarget target = TargetOn(server.port(), id);
  target.health.mode = spec::HealthMode::kCheck;
  target.health.interval = 100ms;
  target.health.timeout = 100ms;
  target.health.ping = 100ms;
  return target;
}

// Loads of the machine that runs the tests make limits of 50 ms late; its verdict is what counts.
constexpr Duration kSlack = 400ms;

class SuspicionTest : public ::testing::Test {
 protected:
  void BeginAndLearn(const spec::CheckTarget& target) {
    under_test_.prober().Begin(target);
    sink().Outcome(target.generation.id.value, kAnswers);
  }
  RecordingSink& sink() { return under_test_.sink(); }
  // The newest stage is Suspect::kNone again and stays so for some checks.
  void ExpectCalm(const std::string& id = "c1") {
    const std::size_t so_far = sink().Outcomes(id).size();
    sink().Outcome(id, so_far + 3);
    const auto all = sink().Suspicions(id);
    EXPECT_TRUE(all.empty() || all.back().stage == Suspect::kNone) << all.back().evidence;
  }

  LiveServer server_;
  ProberUnderTest under_test_;
};

TEST_F(SuspicionTest, AServerThatAnswersIsAskedByPingAndNeverSuspected) {
  BeginAndLearn(Target(server_));
  EXPECT_GE(server_.pings(), 15);
  EXPECT_LE(server_.pings(), server_.checks());
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_EQ(server_.goaways(), 0);
  EXPECT_TRUE(std::ranges::none_of(sink().Suspicions("c1"), [](const spec::SuspectNews& news) {
    return news.stage == Suspect::kSilent;
  }));
}

TEST_F(SuspicionTest, AFrozenServerIsSilentLongBeforeItsTimeoutAndBackAtOnce) {
  spec::CheckTarget target = Target(server_);
  target.health.interval = 200ms;
  target.health.timeout = 200ms;
  BeginAndLearn(target);
  server_.Be(Mood::kFrozen);
  const auto frozen = Clock::now();
  const auto silent = sink().WaitForStage("c1", Suspect::kSilent);
  EXPECT_GE(silent - frozen, 80ms);
  EXPECT_LT(silent - frozen, 100ms + 50ms + 50ms + kSlack);
  server_.Be(Mood::kServes);
  const auto thawed = Clock::now();
  EXPECT_LT(sink().WaitForStage("c1", Suspect::kNone) - thawed, kSlack);
  ExpectCalm();
}

TEST_F(SuspicionTest, AHungServerIsSilentThoughItsTransportAnswers) {
  BeginAndLearn(Target(server_));
  const int pings = server_.pings();
  server_.Be(Mood::kHangs);
  sink().WaitForStage("c1", Suspect::kSilent);
  const auto news = sink().Suspicions("c1");
  EXPECT_TRUE(news.back().evidence.starts_with("no answer within ")) << news.back().evidence;
  EXPECT_EQ(news.back().asked_ip, "127.0.0.1");
  server_.Be(Mood::kServes);
  sink().WaitForStage("c1", Suspect::kNone);
  EXPECT_GT(server_.pings(), pings);
  ExpectCalm();
}

// Here the timeout is shorter than any limit; as on a host so busy that limits become that long.
TEST_F(SuspicionTest, AHungServerIsSuspectedOnceItsTimeoutIsUpHoweverLongItsLimit) {
  spec::CheckTarget target = Target(server_);
  target.health.timeout = 40ms;
  BeginAndLearn(target);
  server_.Be(Mood::kHangs);
  sink().WaitForStage("c1", Suspect::kSilent);
  const std::string evidence = sink().Suspicions("c1").back().evidence;
  EXPECT_TRUE(evidence.starts_with("no answer within 40ms, ")) << evidence;
  server_.Be(Mood::kServes);
  sink().WaitForStage("c1", Suspect::kNone);
}

TEST_F(SuspicionTest, WhatAServerSaysOfACallThatWasGivenUpIsNoFaultOfIt) {
  server_.Be(Mood::kHangs);
  under_test_.prober().Begin(Target(server_));
  EXPECT_EQ(sink().Outcome("c1", 0).check_class, CheckClass::kTimeout);
  std::size_t seen = 0;
  while (server_.checks() < 2 && seen < 20) sink().Outcome("c1", seen++);
  server_.Be(Mood::kServes);
  while (sink().Outcome("c1", seen).check_class == CheckClass::kTimeout && seen < 20) ++seen;
  const spec::CheckOutcome answer = sink().Outcome("c1", seen);
  EXPECT_EQ(answer.check_class, CheckClass::kServing) << answer.detail;
}

TEST_F(SuspicionTest, WhileItIsSuspectItsFailuresComeQuicklyAndThoseBesideTheRhythmSaySo) {
  spec::CheckTarget target = Target(server_);
  target.health.interval = 400ms;
  target.health.timeout = 400ms;
  target.health.fall = 3;
  under_test_.prober().Begin(target);
  for (std::size_t i = 0; i <= kAnswers; ++i) {
    under_test_.prober().CheckSoon(target.generation, 0ms);
    sink().Outcome("c1", i);
  }
  server_.Be(Mood::kHangs);
  const auto hung = Clock::now();
  const auto failures = [&] {
    auto all = sink().Outcomes("c1");
    std::erase_if(
        all, [](const spec::CheckOutcome& one) { return one.check_class != CheckClass::kTimeout; });
    return all;
  };
  while (failures().size() < 3 && Clock::now() < hung + 10s)
    sink().Outcome("c1", sink().Outcomes("c1").size());
  // The check that hung, and two beside it 100 ms apart: not three timeouts in a row.
  EXPECT_LT(Clock::now() - hung, 400ms + 400ms + 200ms + kSlack);
  const auto all = failures();
  ASSERT_GE(all.size(), 3U);
  EXPECT_FALSE(all[0].is_extra);
  EXPECT_TRUE(all[1].is_extra);
  EXPECT_GE(all[0].latency, 400ms);
  EXPECT_GE(all[1].latency, 400ms) << "each has its whole timeout";
}

// A timeout as long as the interval ends when the next check is due, which then has to wait for it.
TEST_F(SuspicionTest, ACheckOfTheRhythmThatHadToWaitIsOfTheRhythmStill) {
  BeginAndLearn(Target(server_));
  server_.Be(Mood::kHangs);
  const auto failures_of_the_rhythm = [&] {
    return std::ranges::count_if(sink().Outcomes("c1"), [](const spec::CheckOutcome& one) {
      return one.check_class == CheckClass::kTimeout && !one.is_extra;
    });
  };
  const auto hung = Clock::now();
  std::size_t seen = sink().Outcomes("c1").size();
  while (failures_of_the_rhythm() < 8 && Clock::now() < hung + 20s) sink().Outcome("c1", seen++);
  EXPECT_GE(failures_of_the_rhythm(), 8);
  EXPECT_LT(Clock::now() - hung, 8 * 100ms + 10 * kSlack) << "one an interval";
}

TEST_F(SuspicionTest, AnAnswerOverANewConnectionKeepsItFromBeingSilent) {
  BeginAndLearn(Target(server_));
  server_.Be(Mood::kDeafOfOld);
  sink().WaitForStage("c1", Suspect::kSuspect);
  sink().WaitForStage("c1", Suspect::kNone);
  for (const spec::SuspectNews& news : sink().Suspicions("c1"))
    EXPECT_NE(news.stage, Suspect::kSilent) << news.evidence;
  EXPECT_GT(server_.connections(), 1);
}

// So that checks that are lost one by one never look like silence: an answer lies between them.
TEST_F(SuspicionTest, WhatIsSaidOverANewConnectionIsToldBeforeTheLostCheckThatItStandsFor) {
  spec::CheckTarget target = Target(server_);
  target.health.timeout = 2s;
  BeginAndLearn(target);
  std::size_t seen = sink().Outcomes("c1").size();
  server_.Be(Mood::kDeafOfOld);
  spec::CheckOutcome told = sink().Outcome("c1", seen);
  while (told.check_class == CheckClass::kServing && !told.is_extra)
    told = sink().Outcome("c1", ++seen);
  EXPECT_EQ(told.check_class, CheckClass::kServing) << told.detail;
  EXPECT_TRUE(told.is_extra);
}

TEST_F(SuspicionTest, WithoutPingsOnlyChecksAreQuestions) {
  spec::CheckTarget target = Target(server_);
  target.health.ping = 0ms;
  BeginAndLearn(target);
  EXPECT_EQ(server_.pings(), 0);
  server_.Be(Mood::kFrozen);
  sink().WaitForStage("c1", Suspect::kSilent);
  server_.Be(Mood::kServes);
  sink().WaitForStage("c1", Suspect::kNone);
}

TEST_F(SuspicionTest, TooManyPingsTurnsThemOffAndIsNoFailedCheck) {
  server_.Be(Mood::kAnnoyed);
  BeginAndLearn(Target(server_));
  EXPECT_TRUE(sink().WaitForRefusal("c1"));
  EXPECT_EQ(server_.goaways(), 1);
  EXPECT_EQ(server_.pings(), 1);
  for (const spec::CheckOutcome& outcome : sink().Outcomes("c1"))
    EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
}

TEST_F(SuspicionTest, ALoopThatStandsStillSuspectsNobody) {
  BeginAndLearn(Target(server_));
  for (int i = 0; i < 5; ++i) {
    const std::size_t so_far = sink().Outcomes("c1").size();
    under_test_.thread().Post([held = Clock::now()] {
      while (Clock::now() < held + 300ms) std::this_thread::yield();
    });
    sink().Outcome("c1", so_far + 1);
  }
  for (const spec::SuspectNews& news : sink().Suspicions("c1"))
    EXPECT_NE(news.stage, Suspect::kSilent) << news.evidence;
}

// Told silent while all of `ids` were late; who is so before the others are late is so by itself.
std::string SilentTogether(const std::vector<RecordingSink::Suspected>& told, std::size_t ids) {
  std::map<std::string, Suspect> stages;
  for (const auto& [id, news, at] : told) {
    const auto is_late = [](const auto& one) { return one.second != Suspect::kNone; };
    const bool were_all_late = stages.size() == ids && std::ranges::all_of(stages, is_late);
    if (news.stage == Suspect::kSilent && were_all_late) return id + ": " + news.evidence;
    stages[id] = news.stage;
  }
  return {};
}

// Each has learned limits of its own on this machine, and its timeout is beyond them.
TEST_F(SuspicionTest, HalfOfANetworkThatStallsIsNobodysFaultForAWhile) {
  LiveServer other;
  spec::CheckTarget one = Target(server_, "one");
  spec::CheckTarget two = Target(other, "two");
  one.network = two.network = "shop";
  one.health.timeout = two.health.timeout = 1s;
  under_test_.prober().Begin(one);
  BeginAndLearn(two);
  sink().Outcome("one", kAnswers);
  server_.Be(Mood::kFrozen);
  other.Be(Mood::kFrozen);
  const auto classes = [&](const std::string& id) {
    std::string all;
    for (const spec::CheckOutcome& outcome : sink().Outcomes(id)) {
      if (outcome.check_class != CheckClass::kServing)
        all += std::string(spec::CheckClassName(outcome.check_class)) + " ";
    }
    return all;
  };
  sink().Outcome("one", sink().Outcomes("one").size() + 3);
  sink().Outcome("two", sink().Outcomes("two").size() + 3);
  EXPECT_TRUE(classes("one").contains("shared-stall")) << classes("one");
  EXPECT_FALSE(classes("one").contains("timeout")) << classes("one");
  EXPECT_FALSE(classes("two").contains("timeout")) << classes("two");
  EXPECT_EQ(SilentTogether(sink().Suspicions(), 2), "");
  server_.Be(Mood::kServes);
  other.Be(Mood::kServes);
  sink().WaitForStage("one", Suspect::kNone);
  sink().WaitForStage("two", Suspect::kNone);
}

// A prober whose canary is `canary_`.
class CanaryTest : public ::testing::Test {
 protected:
  static ProberLimits Limits(const LiveServer& canary) {
    ProberLimits limits;
    limits.canary_port = canary.port();
    limits.canary_timeout = limits.canary_recheck_gap = 100ms;
    return limits;
  }
  RecordingSink& sink() { return under_test_.sink(); }

  LiveServer server_;
  LiveServer canary_;
  ProberUnderTest under_test_{Limits(canary_)};
};

TEST_F(CanaryTest, ATargetThatIsSilentWithOurOwnServerIsNotBlamedUntilThatAnswersAgain) {
  under_test_.prober().Begin(Target(server_));
  sink().Outcome("c1", kAnswers);
  canary_.Be(Mood::kHangs);
  server_.Be(Mood::kFrozen);
  EXPECT_FALSE(sink().WaitForCanary(1));
  const std::size_t so_far = sink().Outcomes("c1").size();
  sink().Outcome("c1", so_far + 5);
  for (const spec::CheckOutcome& outcome : sink().Outcomes("c1")) {
    EXPECT_TRUE(outcome.check_class == CheckClass::kServing ||
                spec::IsInconclusive(outcome.check_class))
        << outcome.detail;
  }
  for (const spec::SuspectNews& news : sink().Suspicions("c1"))
    EXPECT_NE(news.stage, Suspect::kSilent) << news.evidence;

  canary_.Be(Mood::kServes);
  EXPECT_TRUE(sink().WaitForCanary(2));
  sink().WaitForStage("c1", Suspect::kSilent);
  const std::size_t then = sink().Outcomes("c1").size();
  EXPECT_EQ(sink().Outcome("c1", then + 2).check_class, CheckClass::kTimeout);
}

TEST_F(CanaryTest, IsAskedSeldomWhileNobodyFails) {
  under_test_.prober().Begin(Target(server_));
  sink().Outcome("c1", kAnswers);
  EXPECT_EQ(canary_.checks(), 0);
}

// Row P01: what is asked of it is lost on the way, without a word.
TEST(P01BlackHoled, EachOfTwentyFailsThreeTimesInItsRhythmAndIsWellWithItsFirstAnswer) {
  constexpr std::size_t kTargets = 20;
  constexpr int kFall = 3;
  std::vector<std::unique_ptr<LiveServer>> servers;
  ProberUnderTest under_test;
  std::vector<std::size_t> read(kTargets, 0);  // outcomes of each
  const auto name = [](std::size_t i) { return "c" + std::to_string(i); };
  const auto until = [&](std::size_t i, CheckClass wanted) {
    while (under_test.sink().Outcome(name(i), read[i]++).check_class != wanted) {
      if (::testing::Test::HasFailure()) return;
    }
  };
  spec::CheckTarget target;
  for (std::size_t i = 0; i < kTargets; ++i) {
    servers.push_back(std::make_unique<LiveServer>());
    target = Target(*servers.back(), name(i));
    target.health.interval = 200ms;
    under_test.prober().Begin(target);
  }
  for (std::size_t i = 0; i < kTargets; ++i) until(i, CheckClass::kServing);
  for (const auto& server : servers) server->Be(Mood::kFrozen);
  const auto frozen = Clock::now();
  for (std::size_t i = 0; i < kTargets; ++i) {
    for (int failure = 0; failure < kFall; ++failure) until(i, CheckClass::kTimeout);
  }
  EXPECT_LT(Clock::now() - frozen, (kFall + 1) * target.health.interval + 100ms + kSlack);
  for (const auto& server : servers) server->Be(Mood::kServes);
  const auto thawed = Clock::now();
  for (std::size_t i = 0; i < kTargets; ++i) until(i, CheckClass::kServing);
  EXPECT_LT(Clock::now() - thawed, target.health.interval + kSlack);
}

}  // namespace
}  // namespace fairlead::health::testing
