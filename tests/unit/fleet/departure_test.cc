#include "fleet/departure.h"

#include <gtest/gtest.h>

#include "fleet/limits.h"

namespace fairlead::fleet {
namespace {

constexpr TimePoint kDied(1h);

std::string Judged(const Death& death, Duration later = 1h, const ContainerFacts& facts = {}) {
  return Judge(death, facts, kDied + later).Code();
}

Death Foreign(Duration before, std::string verb, std::string signal) {
  return {.at = kDied,
          .exit_code = 143,
          .foreign = ForeignAct{
              .at = kDied - before, .verb = std::move(verb), .signal = std::move(signal)}};
}

TEST(Departure, IsUndecidedWhileAForeignActMayStillTurnUp) {
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 1}, kDepartureGrace - 1ns), "undecided");
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 1}, kDepartureGrace), "crash(1)");
}

TEST(Departure, AStopReachesTheEndAndNotTheLateLookAtIt) {
  Death death = Foreign(1s, "kill", "15");
  death.at += 1min;
  EXPECT_EQ(Judged(death), "crash(143)");
  death.ended_at = kDied;
  EXPECT_EQ(Judged(death), "operator");
}

TEST(Departure, OursAndAPersonsAreClearAtOnce) {
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 143, .ours = OurAct{ActId(7), ActKind::kStop}}, 0s),
            "ours");
  EXPECT_EQ(Judged(Foreign(1s, "kill", "15"), 0s), "operator");
}

TEST(Departure, OnlyCodesOfSignalsAreTakenForSignals) {
  const auto unwatched = [](int exit_code) {
    return Judged({.at = kDied, .exit_code = exit_code, .was_watched = false});
  };
  EXPECT_EQ(unwatched(128), "unseen");
  EXPECT_EQ(unwatched(129), "crash(129)");
  EXPECT_EQ(unwatched(128 + 64), "crash(192)");
  EXPECT_EQ(unwatched(128 + 65), "unseen");
  for (const int asked : {130, 137, 143}) EXPECT_EQ(unwatched(asked), "unseen");
}

TEST(Departure, AStopReachesAsFarAsItsTimeout) {
  EXPECT_EQ(Judged(Foreign(15s, "kill", "15")), "operator");
  EXPECT_EQ(Judged(Foreign(15s + 1ns, "kill", "15")), "crash(143)");
  ContainerFacts patient;
  patient.stop_timeout = 60s;
  EXPECT_EQ(Judged(Foreign(65s, "kill", "15"), 1h, patient), "operator");
}

TEST(Departure, ASignalThatAsksForNothingReachesOnlyAMoment) {
  EXPECT_EQ(Judged(Foreign(1s, "kill", "HUP")), "operator");
  EXPECT_EQ(Judged(Foreign(3s, "kill", "HUP")), "crash(143)");
}

TEST(Departure, AReplacedContainerWasRecreated) {
  Death death = Foreign(1s, "kill", "15");
  death.replaced_by = "0123456789abcdef";
  EXPECT_EQ(Judged(death), "compose-recreate");
}

TEST(Departure, AnEngineThatEndedDecidesBeforeThePersonItLookedLike) {
  Death death = Foreign(1s, "kill", "15");
  death.shutdown = ShutdownVerdict::kSuspected;
  EXPECT_EQ(Judged(death), "undecided");
  death.shutdown = ShutdownVerdict::kCertain;
  EXPECT_EQ(Judged(death), "engine-shutdown");
  death.ours = OurAct{ActId(7), ActKind::kStop};
  EXPECT_EQ(Judged(death), "ours");
}

TEST(Departure, OnlyAStopLooksLikeOne) {
  ContainerFacts facts;
  for (const int code : {0, 143, 137}) EXPECT_TRUE(LooksStopped(code, facts)) << code;
  for (const int code : {1, 2, 130, 131, 139, 255, -1})
    EXPECT_FALSE(LooksStopped(code, facts)) << code;
  facts.stop_signal = "SIGQUIT";
  EXPECT_TRUE(LooksStopped(131, facts));
}

std::string Evidence(const Death& death, const ContainerFacts& facts = {}) {
  return EvidenceOf(Judge(death, facts, kDied + 1h), death, facts);
}

TEST(DepartureEvidence, NamesWhatTheJudgementRestsOn) {
  ContainerFacts always;
  always.restart_policy = RestartPolicy::kAlways;
  EXPECT_EQ(Evidence(Foreign(120ms, "kill", "15"), always),
            "a kill with signal 15 that was not ours came 120ms before its end; exit code 143 "
            "(signal 15); restart policy always");
  EXPECT_EQ(Evidence({.at = kDied, .exit_code = 0, .ours = OurAct{ActId(7), ActKind::kStop}}),
            "act 7 (stop) is in the ledger for this life; exit code 0; restart policy no");
  EXPECT_EQ(Evidence({.at = kDied, .exit_code = 137, .is_oom = true}),
            "the engine says that it ran out of memory (OOMKilled); exit code 137 (signal 9); "
            "restart policy no");
  Death recreate = Foreign(0s, "stop", "");
  recreate.replaced_by = std::string(64, 'a');
  EXPECT_EQ(Evidence(recreate),
            "a stop that was not ours was told with its end, and container aaaaaaaaaaaa takes its "
            "place; exit code 143 (signal 15); restart policy no");
  EXPECT_EQ(EvidenceOf({}, {}, {}), "");
}

TEST(DepartureEvidence, ShowsNoBytesFromOutsideThatCannotBeShown) {
  const std::string text = Evidence(Foreign(1s, "kill", "\x1b[31m15"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Departure, WhatWasWatchedIsAFailureUnlessItExitedWithZero) {
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 0}), "finished");
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 137}), "crash(137)");
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 137, .is_oom = true}), "oom");
}

TEST(Departure, WhatNobodyWatchedIsAPersonsUnlessOnlyAFaultDoesThat) {
  const auto unwatched = [](int exit_code, bool is_oom) {
    return Judged({.at = kDied, .exit_code = exit_code, .is_oom = is_oom, .was_watched = false},
                  0s);
  };
  EXPECT_EQ(unwatched(0, false), "finished");
  EXPECT_EQ(unwatched(1, false), "unseen");
  EXPECT_EQ(unwatched(130, false), "unseen");
  EXPECT_EQ(unwatched(137, false), "unseen");
  EXPECT_EQ(unwatched(143, false), "unseen");
  EXPECT_EQ(unwatched(139, false), "crash(139)");
  EXPECT_EQ(unwatched(137, true), "oom");
  EXPECT_EQ(unwatched(255, false), "unseen") << "no signal has number 127";
}

TEST(Departure, OnlyFailuresMayBeRepaired) {
  for (const auto kind : {DepartureKind::kNone, DepartureKind::kPending, DepartureKind::kOperator,
                          DepartureKind::kEngineShutdown, DepartureKind::kRecreate,
                          DepartureKind::kFinished, DepartureKind::kUnseen}) {
    EXPECT_FALSE((Departure{.kind = kind}.IsFailure()));
  }
  EXPECT_TRUE((Departure{.kind = DepartureKind::kCrash}.IsFailure()));
  EXPECT_TRUE((Departure{.kind = DepartureKind::kOom}.IsFailure()));
}

TEST(Departure, TheStopSignalIsTheContainersOwn) {
  ContainerFacts facts;
  EXPECT_TRUE(IsStopSignal({.verb = "kill", .signal = "15"}, facts));
  EXPECT_TRUE(IsStopSignal({.verb = "kill", .signal = "SIGKILL"}, facts));
  EXPECT_TRUE(IsStopSignal({.verb = "kill", .signal = ""}, facts))
      << "unknown: out is the safe side";
  EXPECT_FALSE(IsStopSignal({.verb = "kill", .signal = "QUIT"}, facts));
  EXPECT_FALSE(IsStopSignal({.verb = "stop", .signal = ""}, facts));
  facts.stop_signal = "SIGRTMIN+3";
  EXPECT_TRUE(IsStopSignal({.verb = "kill", .signal = "37"}, facts));
  EXPECT_FALSE(IsStopSignal({.verb = "kill", .signal = "TERM"}, facts));
}

TEST(Departure, WhatTheEngineStampedBeforeALifeBeganIsOfAnEarlierOne) {
  ContainerFacts facts;
  facts.started_ns = 1'000;
  EXPECT_TRUE(IsOfEarlierLife(999, facts));
  EXPECT_FALSE(IsOfEarlierLife(1'000, facts));
  EXPECT_FALSE(IsOfEarlierLife(0, facts)) << "a stamp that is not to be compared";
  facts.started_ns = 0;
  EXPECT_FALSE(IsOfEarlierLife(999, facts)) << "nor a start that is not";
}

}  // namespace
}  // namespace fairlead::fleet
