#include "access/caller.h"

#include <gtest/gtest.h>

namespace fairlead::access {
namespace {

TEST(Caller, IsCalledByWhatItHasShown) {
  EXPECT_EQ(ActorOf({.uid = 0}), "uid 0");
  EXPECT_EQ(ActorOf({.address = "10.0.0.9:1", .names = {"DNS:a.corp", "URI:spiffe://corp/a"}}),
            "spiffe://corp/a");
  EXPECT_EQ(ActorOf({.address = "10.0.0.9:1", .names = {"DNS:a.corp"}}), "DNS:a.corp");
  EXPECT_EQ(ActorOf({.address = "127.0.0.1:4711"}), "admin from 127.0.0.1:4711");
  EXPECT_EQ(ActorOf({.address = "127.0.0.1:4711", .is_http = true, .holds_token = true}),
            "http from 127.0.0.1:4711");
  EXPECT_EQ(ActorOf({}), "admin");
  EXPECT_EQ(ActorOf({.names = {"DNS:a\n\x1b[2J"}}), "DNS:a\\x0a\\x1b[2J");
}

TEST(Caller, HasOneAccountWhateverItsPort) {
  EXPECT_EQ(AccountOf({.address = "127.0.0.1:1"}), AccountOf({.address = "127.0.0.1:2"}));
  EXPECT_EQ(AccountOf({.address = "[::1]:1"}), "admin from [::1]");
  EXPECT_NE(AccountOf({.uid = 1}), AccountOf({.uid = 2}));
}

TEST(Caller, CrossesAsMetadataWhole) {
  for (const Caller& caller :
       {Caller{.uid = 1000, .gids = {1000, 998}, .is_http = true},
        Caller{.address = "127.0.0.1:1", .names = {"DNS:a", "URI:b://c/d"}, .is_http = true},
        Caller{.address = "127.0.0.1:1", .is_http = true, .holds_token = true}, Caller{}}) {
    Caller back;
    for (const auto& [key, value] : ToMetadata(caller)) TakeFromMetadata(key, value, back);
    EXPECT_EQ(back, caller) << ActorOf(caller);
  }
  Caller odd;
  TakeFromMetadata("fairlead-uid", "0x", odd);
  TakeFromMetadata("fairlead-role", "admin", odd);
  EXPECT_EQ(odd, Caller{});
}

}  // namespace
}  // namespace fairlead::access
