#include "access/decision.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "access/method_table.h"

namespace fairlead::access {
namespace {

Rule Read(std::string_view text) {
  return ParseRule(text).value_or(Rule{});
}

const Policy kPolicy = {.viewers = {Read("loopback"), Read("DNS:viewer.corp")},
                        .operators = {Read("uid:1000"), Read("DNS:operator.corp")},
                        .admins = {Read("uid:0"), Read("DNS:admin.corp")}};

Caller OfRole(Role role) {
  switch (role) {
    case Role::kNone:
      return {.names = {"DNS:stranger.corp"}};
    case Role::kViewer:
      return {.names = {"DNS:viewer.corp"}};
    case Role::kOperator:
      return {.names = {"DNS:operator.corp"}};
    case Role::kAdmin:
      return {.names = {"DNS:admin.corp"}};
  }
  return {};
}

TEST(Policy, GivesTheMostThatAnyRuleDoesAndNothingElse) {
  EXPECT_EQ(RoleOf(kPolicy, {.names = {"DNS:viewer.corp", "DNS:admin.corp"}}), Role::kAdmin);
  EXPECT_EQ(RoleOf(kPolicy, {.uid = 1000}), Role::kOperator);
  EXPECT_EQ(RoleOf(kPolicy, {.uid = 1001}), Role::kNone);
  EXPECT_EQ(RoleOf(kPolicy, {.address = "127.0.0.1:1"}), Role::kViewer);
  EXPECT_EQ(RoleOf(kPolicy, {.address = "127.0.0.1:1", .holds_token = true}), Role::kAdmin);
  EXPECT_EQ(RoleOf(kPolicy, {}), Role::kNone);
  EXPECT_EQ(RoleOf({}, {.uid = 0}), Role::kNone);
}

TEST(Policy, ByDefaultTheSocketOperatesRootIsAdminAndNobodyElseIsAnybody) {
  const Policy policy = DefaultPolicy(77);
  EXPECT_EQ(RoleOf(policy, {.uid = 0}), Role::kAdmin);
  EXPECT_EQ(RoleOf(policy, {.uid = 77}), Role::kAdmin);
  EXPECT_EQ(RoleOf(policy, {.uid = 1000}), Role::kOperator);
  EXPECT_EQ(RoleOf(policy, {.address = "[::1]:1"}), Role::kViewer);
  EXPECT_EQ(RoleOf(policy, {.address = "10.0.0.1:1"}), Role::kNone);
  EXPECT_EQ(RoleOf(policy, {.address = "127.0.0.1:1", .names = {"DNS:a.b"}}), Role::kNone);
}

// Each cell of the table, with and without force.
TEST(Decide, WalksTheTable) {
  for (const MethodRule& rule : MethodTable()) {
    for (const Role role : {Role::kNone, Role::kViewer, Role::kOperator, Role::kAdmin}) {
      EXPECT_EQ(Decide(kPolicy, OfRole(role), {rule.method}).has_value(), role >= rule.least)
          << rule.method << " " << RoleName(role);
      EXPECT_EQ(Decide(kPolicy, OfRole(role), {rule.method, true}).has_value(),
                role >= rule.least_with_force)
          << rule.method << " " << RoleName(role);
    }
    EXPECT_GE(rule.least_with_force, rule.least) << rule.method;
    EXPECT_NE(rule.least, Role::kNone) << rule.method;
  }
}

TEST(Decide, WhatHasNoRowIsNobodys) {
  const Result<> decided = Decide(kPolicy, OfRole(Role::kAdmin), {"Shutdown"});
  ASSERT_FALSE(decided);
  EXPECT_EQ(decided.error().code, Code::kPermissionDenied);
}

TEST(Decide, ARefusalSaysWhatItTakesAndWhatToDo) {
  const auto told = [](const Caller& caller, const Call& call) {
    const Result<> decided = Decide(kPolicy, caller, call);
    EXPECT_FALSE(decided);
    if (decided) return std::string();
    EXPECT_EQ(decided.error().reason, "ROLE_MISSING");
    return std::string(CodeName(decided.error().code)) + " " + decided.error().message;
  };
  EXPECT_EQ(
      told(OfRole(Role::kViewer), {"Restart"}),
      "PERMISSION_DENIED Restart: it takes an operator, and DNS:viewer.corp is a viewer here; "
      "have \"DNS:viewer.corp\" put into access.operators of the daemon's config, or ask "
      "somebody who is among them");
  EXPECT_EQ(told({.uid = 1000}, {"Restart", true}),
            "PERMISSION_DENIED Restart with force: it takes an admin, and uid 1000 is an operator "
            "here; try sudo, or have \"uid:1000\" or \"gid:NUMBER\" of a group of that user put "
            "into access.admins of the daemon's config");
  EXPECT_EQ(told({.address = "127.0.0.1:1"}, {"Drain"}),
            "UNAUTHENTICATED Drain: it takes an operator, and admin from 127.0.0.1:1 is a viewer "
            "here; show a certificate (--ca, --cert, --key) that access.operators of the daemon's "
            "config names, or use the unix socket as root");
  EXPECT_NE(told({.names = {"nobody (no subjectAltName)"}}, {"Drain"}).find("show a certificate"),
            std::string::npos);
  EXPECT_NE(told({.address = "10.0.0.1:1", .is_http = true}, {"GetStatus"}).find("http.token"),
            std::string::npos);
}

}  // namespace
}  // namespace fairlead::access
