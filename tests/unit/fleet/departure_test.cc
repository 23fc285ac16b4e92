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

TEST(Departure, OursAndAPersonsAreClearAtOnce) {
  EXPECT_EQ(Judged({.at = kDied, .exit_code = 143, .is_ours = true}, 0s), "ours");
  EXPECT_EQ(Judged(Foreign(1s, "kill", "15"), 0s), "operator");
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
  death.is_replaced = true;
  EXPECT_EQ(Judged(death), "compose-recreate");
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
  for (const auto kind :
       {DepartureKind::kNone, DepartureKind::kPending, DepartureKind::kOperator,
        DepartureKind::kRecreate, DepartureKind::kFinished, DepartureKind::kUnseen}) {
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

}  // namespace
}  // namespace fairlead::fleet
