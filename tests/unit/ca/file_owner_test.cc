// Whose a key is, by what a container is told to run as.
#include "ca/file_owner.h"

#include <gtest/gtest.h>

namespace fairlead::ca {
namespace {

TEST(OwnerOf, KnowsNumbersAndRoot) {
  EXPECT_EQ(OwnerOf(""), FileOwner{});
  EXPECT_EQ(OwnerOf("root"), FileOwner{});
  EXPECT_EQ(OwnerOf("0"), FileOwner{});
  EXPECT_EQ(OwnerOf("65532"), (FileOwner{.uid = 65532}));
  EXPECT_EQ(OwnerOf("65532:65533"), (FileOwner{.uid = 65532, .gid = 65533}));
  EXPECT_EQ(OwnerOf("1000:staff"), (FileOwner{.uid = 1000}));
  EXPECT_EQ(OwnerOf(":7"), (FileOwner{.uid = 0, .gid = 7}));
}

TEST(OwnerOf, IsRootWhereOnlyTheImageKnowsTheNumber) {
  for (const char* const user : {"node", "node:1000", "-1", "1000x", "4294967295", "4294967296"}) {
    const FileOwner owner = OwnerOf(user);
    EXPECT_EQ(owner.uid, 0U) << user;
    EXPECT_EQ(owner.gid, std::nullopt) << user;
    EXPECT_FALSE(owner.unknown_user.empty()) << user;
  }
}

}  // namespace
}  // namespace fairlead::ca
