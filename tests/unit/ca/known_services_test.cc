// What is remembered of services over a boot.
#include "ca/known_services.h"

#include <gtest/gtest.h>

namespace fairlead::ca {
namespace {

TEST(KnownServices, AreReadAsTheyWereWritten) {
  const std::vector<WantedService> services = {
      {.name = {.project = "shop", .service = "carts"}, .owner = {.uid = 65532, .gid = 7}},
      {.name = {.project = "shop", .service = "users"}, .owner = {.uid = 1000}},
      {.name = {.project = "shop", .service = "web"}, .owner = {.unknown_user = "node"}}};
  EXPECT_EQ(TextOfKnown(services), "shop/carts 65532 7\nshop/users 1000 -\nshop/web 0 -\n");
  const std::vector<WantedService> read = ReadKnown(TextOfKnown(services));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].name, services[0].name);
  EXPECT_EQ(read[0].owner, services[0].owner);
  EXPECT_EQ(read[1].owner, services[1].owner);
  EXPECT_EQ(read[2].owner, FileOwner{});
}

TEST(KnownServices, WhatNobodyWroteLikeThatIsLeftOut) {
  EXPECT_TRUE(ReadKnown("").empty());
  for (const char* const line :
       {"../etc 0 -", "shop/.. 0 -", "shop/a/b 0 -", "shop/a", "shop/a -1 -", "shop/a x -",
        "shop/a 0", "shop/a 0 x", "/a 0 -", "Shop/a 0 -", "shop/a 0 0 0", "\n"}) {
    EXPECT_TRUE(ReadKnown(line).empty()) << line;
  }
  EXPECT_EQ(ReadKnown("rubbish\nshop/a 0 -").size(), 1U);
}

}  // namespace
}  // namespace fairlead::ca
