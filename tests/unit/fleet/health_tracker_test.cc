#include "fleet/health_tracker.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;
using spec::CheckClass;

CheckClass ClassOf(char letter) {
  switch (letter) {
    case 'P':
      return CheckClass::kServing;
    case 'T':
      return CheckClass::kTimeout;
    case 'R':
      return CheckClass::kRefused;
    case 'N':
      return CheckClass::kNotServing;
    case 'U':
      return CheckClass::kUnimplemented;
    default:
      return CheckClass::kSelfStalled;
  }
}

// Feeds checks one second apart: P ass, T imeout, R efused, N ot serving, U nimplemented, I
// nconclusive; 'c' closes the connection. Writes the readiness after each check: ? unknown, R eady,
// n ot ready.
std::string Readings(const HealthTracker::Policy& policy, std::string_view checks) {
  HealthTracker tracker(policy);
  TimePoint now{};
  std::string readings;
  for (const char letter : checks) {
    if (letter == 'c') {
      tracker.ConnectionClosed();
      continue;
    }
    now += 1s;
    tracker.Observe({.check_class = ClassOf(letter), .latency = {}, .detail = ""}, now);
    readings += tracker.readiness() == Readiness::kReady     ? 'R'
                : tracker.readiness() == Readiness::kUnknown ? '?'
                                                             : 'n';
  }
  return readings;
}

// The liveness failures in a row after each check.
std::string Failures(const HealthTracker::Policy& policy, std::string_view checks) {
  HealthTracker tracker(policy);
  TimePoint now{};
  std::string counts;
  for (const char letter : checks) {
    now += 1s;
    tracker.Observe({.check_class = ClassOf(letter), .latency = {}, .detail = ""}, now);
    counts += std::to_string(tracker.liveness_failures());
  }
  return counts;
}

TEST(HealthTracker, BelievesTheFirstPassOfAFreshGeneration) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "P"), "R");
  EXPECT_EQ(Readings({.rise = 3, .fall = 3}, "TPPP"), "???R") << "after a failure it wants `rise`";
}

TEST(HealthTracker, WantsRisePassesAfterAnActOfOurs) {
  EXPECT_EQ(Readings({.rise = 3, .fall = 3, .wants_rise_first = true}, "PPP"), "??R");
  EXPECT_EQ(Readings({.rise = 2, .fall = 3, .wants_rise_first = true}, "NPP"), "nnR");
}

TEST(HealthTracker, OneLostCheckKeepsTheReplicaReady) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "PTTPTTT"), "RRRRRRn");
}

TEST(HealthTracker, FailuresAndPassesAreCountedInARow) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 2}, "PTTPTPP"), "RRnnnnR");
}

TEST(HealthTracker, AnExplicitNotServingIsOutAtOnceAndServingInAtOnce) {
  EXPECT_EQ(Readings({.rise = 3, .fall = 3}, "PNPNTP"), "RnRnnR");
}

TEST(HealthTracker, NotServingAsTheFirstWordIsTakenBackByOnePassUnlessWeHaveToBeSure) {
  EXPECT_EQ(Readings({.rise = 3, .fall = 3}, "NP"), "nR");
  EXPECT_EQ(Readings({.rise = 2, .fall = 3, .wants_rise_first = true}, "PPNP"), "?RnR");
}

TEST(HealthTracker, RisePassesInARowEndASuspicionWhoseEndWasLost) {
  HealthTracker tracker({.rise = 2, .fall = 3});
  const auto pass = [&] {
    tracker.Observe({.check_class = CheckClass::kServing, .latency = {}, .detail = ""},
                    TimePoint(1s));
    return tracker.suspect();
  };
  pass();
  tracker.ObserveSuspicion({.stage = spec::Suspect::kSilent, .evidence = "", .asked_ip = ""});
  EXPECT_EQ(pass(), spec::Suspect::kSilent);
  tracker.Observe({.check_class = CheckClass::kTimeout, .latency = {}, .detail = ""},
                  TimePoint(1s));
  EXPECT_EQ(pass(), spec::Suspect::kSilent) << "in a row";
  EXPECT_EQ(pass(), spec::Suspect::kNone);
  tracker.ObserveSuspicion({.stage = spec::Suspect::kSuspect, .evidence = "", .asked_ip = ""});
  EXPECT_EQ(pass(), spec::Suspect::kSuspect) << "counted anew";
}

TEST(HealthTracker, MisconfigurationIsOutAtOnceAndBackByRisePasses) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "PUPP"), "RnnR");
}

TEST(HealthTracker, AnInconclusiveCheckChangesNothing) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 2}, "IPTIIT"), "?RRRRn");
}

TEST(HealthTracker, ARefusedRecheckAfterACloseIsOutAtOnce) {
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "PcR"), "Rn");
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "PcPR"), "RRR") << "the re-check passed: forgotten";
  EXPECT_EQ(Readings({.rise = 2, .fall = 3}, "PcIR"), "RRn") << "inconclusive: still to be asked";
}

TEST(HealthTracker, ARefusalAfterACloseIsForgottenOnceItIsReadyAgain) {
  HealthTracker tracker({.rise = 1, .fall = 1});
  const auto observe = [&](CheckClass check_class, Duration at) {
    tracker.Observe({.check_class = check_class, .latency = {}, .detail = ""}, TimePoint(at));
    EXPECT_EQ(tracker.last_at(), TimePoint(at));
  };
  observe(CheckClass::kServing, 1s);
  tracker.ConnectionClosed();
  observe(CheckClass::kRefused, 2s);
  EXPECT_TRUE(tracker.is_refused_after_close());
  observe(CheckClass::kServing, 3s);
  observe(CheckClass::kTimeout, 4s);
  EXPECT_TRUE(tracker.is_silent());
  EXPECT_FALSE(tracker.is_refused_after_close());
}

TEST(HealthTracker, PassesBeforeItWasReadyAreNoneOfTheNextRise) {
  EXPECT_EQ(Readings({.rise = 3, .fall = 1}, "PTPPPTPPP"), "RnnnRnnnR");
}

TEST(HealthTracker, OnlySilenceCountsTowardsARepair) {
  EXPECT_EQ(Failures({.liveness_fall = 5}, "PTRTNTTUTIT"), "01230120112");
}

TEST(HealthTracker, FailuresInTheStartPeriodDoNotCountUntilTheFirstPass) {
  EXPECT_EQ(Failures({.start_period_ends = TimePoint(4s)}, "TTTTT"), "00012");
  EXPECT_EQ(Failures({.start_period_ends = TimePoint(9s)}, "TPTT"), "0012");
}

// What the liveness name says with passes one second apart: S erving, N ot serving, U nknown name,
// - nothing, x NOT_SERVING beside the rhythm. Writes the count towards a repair after each.
std::string Denials(const HealthTracker::Policy& policy, std::string_view words) {
  HealthTracker tracker(policy);
  TimePoint now{};
  std::string counts;
  for (const char letter : words) {
    now += 1s;
    const spec::LivenessWord word = letter == 'S'   ? spec::LivenessWord::kServing
                                    : letter == 'U' ? spec::LivenessWord::kNameUnknown
                                    : letter == 'N' || letter == 'x'
                                        ? spec::LivenessWord::kNotServing
                                        : spec::LivenessWord::kNone;
    const spec::CheckOutcome outcome{.check_class = CheckClass::kServing,
                                     .latency = {},
                                     .detail = "",
                                     .is_extra = letter == 'x',
                                     .liveness = word};
    tracker.Observe(outcome, now);
    counts += std::to_string(tracker.liveness_failures());
    EXPECT_EQ(tracker.readiness(), Readiness::kReady);
    EXPECT_EQ(tracker.wants_repair(), tracker.denials() >= policy.liveness_fall);
  }
  return counts;
}

TEST(HealthTracker, NotServingOfTheLivenessNameInARowAsksForARepairAndNothingElseDoes) {
  EXPECT_EQ(Denials({.liveness_fall = 3}, "SNNSNN-NN"), "012012234");
  EXPECT_EQ(Denials({.liveness_fall = 3}, "NNUNNUN"), "1201201") << "an unknown name is no denial";
  EXPECT_EQ(Denials({.liveness_fall = 3}, "NxxxN"), "11112") << "of the rhythm alone";
}

TEST(HealthTracker, DenialsCountOutsideTheStartPeriodWhateverTheCheckCameTo) {
  HealthTracker tracker({.liveness_fall = 2, .start_period_ends = TimePoint(2500ms)});
  const CheckClass classes[] = {CheckClass::kNotServing, CheckClass::kTimeout,
                                CheckClass::kNotServing, CheckClass::kSelfStalled};
  std::string counts;
  for (int i = 0; i < 4; ++i) {
    tracker.Observe({.check_class = classes[i],
                     .latency = {},
                     .detail = "",
                     .liveness = spec::LivenessWord::kNotServing},
                    TimePoint((i + 1) * 1s));
    counts += std::to_string(tracker.denials());
  }
  EXPECT_EQ(counts, "0012");
  EXPECT_TRUE(tracker.wants_repair());
  EXPECT_EQ(tracker.Evidence(), "2 x NOT_SERVING of its liveness service in a row");
}

TEST(HealthTracker, OnlyAWordThatChangesSomethingIsNews) {
  using spec::LivenessWord;
  HealthTracker tracker;
  const auto say = [&](LivenessWord word) {
    const bool is_news = tracker.IsNews(word);
    tracker.Observe({.latency = {}, .detail = "", .liveness = word}, TimePoint(1s));
    return is_news;
  };
  EXPECT_FALSE(say(LivenessWord::kServing));
  EXPECT_TRUE(say(LivenessWord::kNotServing));
  EXPECT_TRUE(say(LivenessWord::kServing));
  EXPECT_TRUE(say(LivenessWord::kNameUnknown));
  EXPECT_FALSE(say(LivenessWord::kNameUnknown));
  EXPECT_FALSE(say(LivenessWord::kNone));
  EXPECT_TRUE(tracker.is_liveness_name_unknown()) << "no word takes nothing back";
  EXPECT_TRUE(say(LivenessWord::kServing)) << "the name is known after all";
  EXPECT_FALSE(say(LivenessWord::kServing));
}

TEST(HealthTracker, TheEnginesVerdictIsAResultAndAsGoodAsAPass) {
  HealthTracker tracker({.rise = 3, .fall = 3});
  EXPECT_FALSE(tracker.has_result());
  EXPECT_FALSE(tracker.was_ready());
  tracker.ObserveEngineVerdict(Readiness::kNotReady);
  EXPECT_TRUE(tracker.has_result());
  EXPECT_FALSE(tracker.was_ready());
  tracker.ObserveEngineVerdict(Readiness::kReady);
  tracker.ObserveEngineVerdict(Readiness::kNotReady);
  EXPECT_TRUE(tracker.was_ready()) << "it has been";
}

TEST(HealthTracker, KnowsSinceWhenChecksInARowEndWithoutAnAnswer) {
  HealthTracker tracker;
  const auto observe = [&](CheckClass check_class, Duration at) {
    tracker.Observe({.check_class = check_class, .latency = 300ms, .detail = ""}, TimePoint(at));
  };
  observe(CheckClass::kRefused, 1s);
  EXPECT_EQ(tracker.timeouts(), 0);
  observe(CheckClass::kTimeout, 2s);
  observe(CheckClass::kTimeout, 3s);
  observe(CheckClass::kSharedStall, 4s);
  EXPECT_EQ(tracker.timeouts(), 2);
  EXPECT_EQ(tracker.unanswered_since(), TimePoint(1700ms)) << "when the first of them was asked";
  for (const CheckClass other :
       {CheckClass::kServing, CheckClass::kReset, CheckClass::kNotServing}) {
    observe(other, 5s);
    EXPECT_EQ(tracker.timeouts(), 0);
    observe(CheckClass::kTimeout, 6s);
    EXPECT_EQ(tracker.unanswered_since(), TimePoint(5700ms));
  }
  tracker.ForgetFailures();
  EXPECT_EQ(tracker.timeouts(), 0);
}

TEST(HealthTracker, TellsWhatARepairRestsOn) {
  HealthTracker tracker({.liveness_fall = 2});
  const spec::CheckOutcome refused{
      .check_class = CheckClass::kRefused, .latency = {}, .detail = ""};
  tracker.Observe(refused, TimePoint(1s));
  EXPECT_FALSE(tracker.wants_repair());
  tracker.Observe(refused, TimePoint(2s));
  EXPECT_TRUE(tracker.wants_repair());
  EXPECT_EQ(tracker.Evidence(), "2 x refused in a row");
}

}  // namespace
}  // namespace fairlead::fleet
