#include "access/rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::access {
namespace {

constexpr std::uint32_t kOwn = 77;

bool Means(const std::string& rule, const Caller& caller) {
  const auto read = ParseRule(rule);
  EXPECT_TRUE(read) << rule;
  return read && read->Means(caller, kOwn);
}

Caller Shows(std::vector<std::string> names) {
  return {.address = "10.0.0.9:4711", .names = std::move(names)};
}

TEST(Rule, APlaceMeansWhoComesFromThereAndShowsNothing) {
  EXPECT_TRUE(Means("unix", {.uid = 1000}));
  EXPECT_FALSE(Means("unix", {.address = "127.0.0.1:1"}));
  EXPECT_FALSE(Means("unix", {}));
  EXPECT_TRUE(Means("loopback", {.address = "127.0.0.1:1"}));
  EXPECT_TRUE(Means("loopback", {.address = "127.8.0.1:1"}));
  EXPECT_TRUE(Means("loopback", {.address = "[::1]:1"}));
  for (const char* address :
       {"", "10.0.0.1:1", "[::ffff:127.0.0.1]:1", "[fe80::1]:1", "1.127.0.0:1"})
    EXPECT_FALSE(Means("loopback", {.address = address})) << address;
  // A certificate that no rule names is not worth what none at all is.
  EXPECT_FALSE(Means("loopback", {.address = "127.0.0.1:1", .names = {"DNS:stranger.corp"}}));
}

TEST(Rule, UsersAndGroupsAreTheKernels) {
  EXPECT_TRUE(Means("uid:1000", {.uid = 1000}));
  EXPECT_FALSE(Means("uid:1000", {.uid = 100}));
  EXPECT_FALSE(Means("uid:0", {.address = "127.0.0.1:1"}));
  EXPECT_TRUE(Means("self", {.uid = kOwn}));
  EXPECT_FALSE(Means("self", {.uid = 0}));
  EXPECT_FALSE(Means("self", {}));
  EXPECT_TRUE(Means("gid:998", {.uid = 1000, .gids = {1000, 998}}));
  EXPECT_FALSE(Means("gid:998", {.uid = 1000, .gids = {1000, 99}}));
}

TEST(Rule, ADnsNameIsWholeAndItsStarIsOneLabel) {
  EXPECT_TRUE(Means("DNS:console.corp", Shows({"IP Address:10.0.0.9", "DNS:Console.CORP"})));
  EXPECT_TRUE(Means("DNS:CONSOLE.corp", Shows({"DNS:console.corp"})));
  EXPECT_TRUE(Means("DNS:*.ops.corp", Shows({"DNS:alice.ops.corp"})));
  for (const char* name :
       {"DNS:console.corp.evil", "DNS:xconsole.corp", "DNS:a.console.corp", "URI:console.corp",
        "DNS:", "console.corp", "DNS:console.corp.", "DNS:evil, DNS:console.corp"})
    EXPECT_FALSE(Means("DNS:console.corp", Shows({name}))) << name;
  for (const char* name : {"DNS:ops.corp", "DNS:.ops.corp", "DNS:a.b.ops.corp", "DNS:*.ops.corp",
                           "DNS:aops.corp", "DNS:a.ops.corp/x"})
    EXPECT_FALSE(Means("DNS:*.ops.corp", Shows({name}))) << name;
}

TEST(Rule, AUriIsWholeAndItsStarIsWhatIsBelow) {
  EXPECT_TRUE(Means("URI:spiffe://corp/ops/alice", Shows({"URI:spiffe://corp/ops/alice"})));
  EXPECT_TRUE(Means("URI:spiffe://corp/ops/*", Shows({"DNS:a", "URI:spiffe://corp/ops/alice/1"})));
  EXPECT_TRUE(Means("URI:spiffe://corp/*", Shows({"URI:spiffe://corp/ops"})));
  for (const char* name :
       {"URI:spiffe://corp/ops/alice2", "URI:spiffe://corp/ops/Alice", "URI:spiffe://corp/ops",
        "DNS:spiffe://corp/ops/alice", "URI:http://evil/?spiffe://corp/ops/alice"})
    EXPECT_FALSE(Means("URI:spiffe://corp/ops/alice", Shows({name}))) << name;
  for (const char* name :
       {"URI:spiffe://corp/ops/", "URI:spiffe://corp/ops", "URI:spiffe://corp/ops/../admin/eve",
        "URI:spiffe://corp/ops/..", "URI:spiffe://corp/ops/./x", "URI:spiffe://corp/ops/%2e%2e/x",
        "URI:spiffe://corp/ops/*", "URI:spiffe://corp.evil/ops/x", "URI:spiffe://corp/ops/a b"})
    EXPECT_FALSE(Means("URI:spiffe://corp/ops/*", Shows({name}))) << name;
}

TEST(Rule, WhatMeansNobodyIsRefusedWithAHint) {
  for (const std::string& text : {std::string(),
                                  std::string("root"),
                                  std::string("*"),
                                  std::string("uid:"),
                                  std::string("uid:root"),
                                  std::string("uid:-1"),
                                  std::string("uid:4294967296"),
                                  std::string("gid: 1"),
                                  std::string("DNS:"),
                                  std::string("DNS:*"),
                                  std::string("DNS:*.corp"),
                                  std::string("DNS:a.*.corp"),
                                  std::string("DNS:a*.ops.corp"),
                                  std::string("DNS:a..corp"),
                                  std::string("DNS:a b"),
                                  std::string("dns:a.corp"),
                                  std::string("URI:"),
                                  std::string("URI:*"),
                                  std::string("URI:spiffe://*"),
                                  std::string("URI:spiffe:///x"),
                                  std::string("URI:spiffe://corp"),
                                  std::string("URI:spiffe://corp/a*"),
                                  std::string("URI:spiffe://corp/*/x"),
                                  std::string("URI:spiffe://corp/../x"),
                                  "DNS:" + std::string(kRuleBytesMax, 'a')}) {
    const auto rule = ParseRule(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_NE(rule.error().hint.find("uid:NUMBER"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace fairlead::access
