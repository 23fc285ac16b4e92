#include "cli/show_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace fairlead::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kExplainedAt = 1'700'000'000;

pb::ReplicaExplanation One(const std::string& number) {
  pb::ReplicaExplanation one;
  one.mutable_replica()->set_display_name("user-service.shop/" + number);
  one.mutable_replica()->set_out_reason("failing(timeout)");
  one.mutable_replica()->mutable_rotation_since()->set_seconds(kExplainedAt - 12);
  one.set_rotation("user-service.shop/" + number + " is out of rotation: 3 x timeout in a row");
  one.mutable_next()->set_act("restart");
  one.mutable_next()->set_state("held(min-available)");
  one.mutable_next()->set_text("restart (liveness: 5 x timeout in a row) is held by min-available");
  pb::WeighedHold& hold = *one.add_holds();
  hold.set_code("min-available");
  hold.set_holds(true);
  hold.set_measured("1 available, 1 must stay: fairlead.repair.min-available");
  hold.set_advice("run more replicas, or force it: fairlead restart user-service.shop/" + number +
                  " --force --reason TEXT");
  return one;
}

pb::Explanation Whole() {
  pb::Explanation all;
  all.mutable_service()->set_service("user-service");
  all.mutable_service()->set_project("shop");
  pb::ReplicaExplanation& one = *all.add_replicas();
  one = One("2");
  pb::Measure& measure = *one.add_measures();
  measure.set_what("failures in a row");
  measure.set_value("3, out from 3");
  measure.set_source("fairlead.health.fall");
  pb::Sight& seen = *one.add_sights();
  seen.set_viewer("containers on shop_default");
  seen.set_address("172.31.0.4:50051");
  seen.set_source("its address on that network");
  one.add_sights()->set_viewer("containers elsewhere");
  pb::Check& check = *one.add_checks();
  check.set_check_class(pb::CHECK_CLASS_TIMEOUT);
  check.mutable_latency()->set_seconds(1);
  check.mutable_time()->set_seconds(kExplainedAt - 3);
  one.add_checks()->mutable_time()->set_seconds(kExplainedAt);
  pb::PastAct& act = *one.add_acts();
  act.set_act("restart");
  act.set_actor("fairlead");
  act.set_cause("liveness: 5 x timeout in a row");
  act.set_state("succeeded");
  act.set_verified("serves again");
  act.set_evidence("timeout 0.0s ago in 1000.0ms");
  act.mutable_time()->set_seconds(kExplainedAt - 7200);
  return all;
}

std::size_t Widest(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST(ShowExplanation, AReplicaIsShownWithEveryValueAndItsSource) {
  const std::string text = ShowExplanation(Whole(), kExplainedAt, {});
  EXPECT_THAT(text, HasSubstr("user-service.shop/2  out(failing(timeout)) for 12s\n"));
  EXPECT_THAT(text, HasSubstr("failures in a row  3, out from 3 [fairlead.health.fall]\n"));
  EXPECT_THAT(text, HasSubstr("containers on shop_default  172.31.0.4:50051 ["));
  EXPECT_THAT(text, HasSubstr("containers elsewhere        left out for them"));
  EXPECT_THAT(text, HasSubstr("min-available  forbids  1 available, 1 must stay"));
  EXPECT_THAT(text, HasSubstr("timeout              1000.0ms  3s ago\n"));
  EXPECT_THAT(text, HasSubstr("0s ago\n"));
  EXPECT_THAT(text, HasSubstr("2h ago"));
  EXPECT_THAT(text, HasSubstr("succeeded; then: serves"));
  EXPECT_LE(Widest(text), kColumnsMax);
}

TEST(ShowExplanation, OfAServiceEachReplicaSaysWhyWhatIsNextAndWhatForbidsIt) {
  pb::Explanation all = Whole();
  *all.add_replicas() = One("3");
  const std::string text = ShowExplanation(all, kExplainedAt, {});
  EXPECT_THAT(text, HasSubstr("user-service.shop  0 of 0 in rotation\n"));
  EXPECT_THAT(text, HasSubstr("user-service.shop/3  out(failing(timeout)) for 12s\n"));
  EXPECT_THAT(text, HasSubstr("to do: run more replicas"));
  EXPECT_THAT(text, Not(HasSubstr("checks, newest first")));
  EXPECT_LE(Widest(text), kColumnsMax);
}

TEST(ShowExplanation, WhatAHostileDaemonSendsMovesNoCursor) {
  pb::Explanation all = Whole();
  all.mutable_replicas(0)->set_rotation("\x1b[2J\nforged  in for 1s");
  all.mutable_replicas(0)->mutable_holds(0)->set_code("\x1b[31m");
  all.mutable_replicas(0)->mutable_sights(0)->set_viewer("\x1b[1m");
  const std::string text = ShowExplanation(all, kExplainedAt, {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, Not(HasSubstr("\nforged")));
}

TEST(ShowExplanation, TellsCallsOfTheReplicaAndItsServiceAsFarAsClientsReportThem) {
  pb::Explanation all = Whole();
  EXPECT_THAT(ShowExplanation(all, kExplainedAt, {}), Not(HasSubstr("as clients report")));
  pb::CallLoad& service = *all.mutable_service()->mutable_load();
  service.set_client_count(4);
  service.set_issued_per_second(120.5);
  service.set_in_progress(3);
  service.mutable_time()->set_seconds(kExplainedAt - 2);
  EXPECT_THAT(ShowExplanation(all, kExplainedAt, {}),
              HasSubstr("calls, as clients report them\n"
                        "  to its service  120.5/s, 3 open; told 2s ago by 4 clients\n"));
  pb::CallLoad& one = *all.mutable_replicas(0)->mutable_load();
  one.set_client_count(1);
  one.set_failed_per_second(2);
  one.mutable_time()->set_seconds(kExplainedAt + 9);
  EXPECT_THAT(
      ShowExplanation(all, kExplainedAt, {}),
      HasSubstr("  to it           0.0/s, 0 open, 2.0/s failed; told 0s ago by 1 client\n"));
  *all.add_replicas() = One("3");
  EXPECT_THAT(ShowExplanation(all, kExplainedAt, {}),
              HasSubstr("  calls  120.5/s, 3 open; told 2s ago by 4 clients\n"));
}

}  // namespace
}  // namespace fairlead::cli
