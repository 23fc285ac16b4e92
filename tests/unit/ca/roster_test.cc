// Which services have certificates, by what is told of containers.
#include "ca/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::ca {
namespace {

using ::testing::HasSubstr;

const ServiceName kUsers{.project = "shop", .service = "users"};
const ServiceName kCarts{.project = "shop", .service = "carts"};

TimePoint At(int minute) {
  return TimePoint(std::chrono::minutes(minute));
}

struct Made {
  std::string id;
  std::string user = "";
  std::string created = "2026-11-27T17:00:00Z";
};

ContainerFacts Container(const Made& made) {
  ContainerFacts facts;
  facts.id = ContainerId{made.id};
  facts.name = "shop-" + made.id;
  facts.user = made.user;
  facts.created = made.created;
  return facts;
}

TEST(Roster, AServiceIsWantedFromItsFirstContainerToItsLast) {
  Roster roster;
  EXPECT_FALSE(roster.Observe(Container({"c1"}), std::nullopt, At(0)));
  EXPECT_TRUE(roster.Observe(Container({"c1"}), kUsers, At(0)));
  EXPECT_FALSE(roster.Observe(Container({"c1"}), kUsers, At(0))) << "nothing is new";
  EXPECT_TRUE(roster.Observe(Container({"c2"}), kUsers, At(0)));
  ASSERT_EQ(roster.Wanted().size(), 1U);
  EXPECT_EQ(roster.Wanted()[0].name, kUsers);
  EXPECT_TRUE(roster.Gone(ContainerId{"c1"}, At(1)));
  EXPECT_FALSE(roster.Gone(ContainerId{"c1"}, At(1)));
  EXPECT_EQ(roster.Wanted().size(), 1U);
  EXPECT_TRUE(roster.Gone(ContainerId{"c2"}, At(1)));
  EXPECT_TRUE(roster.Wanted().empty());
}

TEST(Roster, FilesAreAbandonedAnHourAfterTheLastContainer) {
  Roster roster;
  roster.Observe(Container({"c1"}), kUsers, At(0));
  roster.Found(kUsers, At(0));
  roster.Found(kCarts, At(5));
  EXPECT_TRUE(roster.Abandoned(At(64)).empty());
  EXPECT_EQ(roster.Abandoned(At(65)), std::vector{kCarts});
  roster.Gone(ContainerId{"c1"}, At(70));
  EXPECT_EQ(roster.Abandoned(At(129)), std::vector{kCarts});
  EXPECT_EQ(roster.Abandoned(At(130)), (std::vector{kCarts, kUsers}));
  roster.Observe(Container({"c2"}), kUsers, At(131));
  roster.Forget(kCarts);
  EXPECT_TRUE(roster.Abandoned(At(500)).empty());
}

TEST(Roster, RemembersAbandonedOnesUpToItsMost) {
  Roster roster;
  for (std::size_t i = 0; i <= kAbandonedMax; ++i) {
    roster.Observe(Container({"c"}), ServiceName{"flood", "s" + std::to_string(i)}, At(0));
    roster.Gone(ContainerId{"c"}, At(0));
  }
  EXPECT_EQ(roster.abandoned(), kAbandonedMax);
  roster.Forget({"flood", "s0"});
  roster.Observe(Container({"c1"}), kUsers, At(0));
  roster.Gone(ContainerId{"c1"}, At(0));
  EXPECT_EQ(roster.Abandoned(At(60)).size(), kAbandonedMax);
}

TEST(Roster, AContainerThatWasRenamedIntoAnotherServiceLeavesTheFirst) {
  Roster roster;
  roster.Observe(Container({"c1"}), kUsers, At(0));
  EXPECT_TRUE(roster.Observe(Container({"c1"}), kCarts, At(1)));
  ASSERT_EQ(roster.Wanted().size(), 1U);
  EXPECT_EQ(roster.Wanted()[0].name, kCarts);
  EXPECT_EQ(roster.Abandoned(At(61)), std::vector{kUsers});
}

TEST(Roster, TheKeyIsForTheNewestContainersUserAndThatIsToldWhenTheyDiffer) {
  Roster roster;
  roster.Observe(Container({"a", "1000", "2026-11-27T17:00:02Z"}), kUsers, At(0));
  EXPECT_EQ(roster.Wanted()[0].trouble, "");
  roster.Observe(Container({"b", "65532", "2026-11-27T17:00:01Z"}), kUsers, At(0));
  const WantedService wanted = roster.Wanted()[0];
  EXPECT_EQ(wanted.owner, (FileOwner{.uid = 1000}));
  EXPECT_THAT(wanted.trouble, HasSubstr("containers shop-b and shop-a run as different users"));
}

TEST(Roster, AUserByNameIsTold) {
  Roster roster;
  roster.Observe(Container({"a", "no\nde"}), kUsers, At(0));
  EXPECT_THAT(roster.Wanted()[0].trouble, HasSubstr("write the number (user: \"1000\")"));
  EXPECT_EQ(roster.Wanted()[0].trouble.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace fairlead::ca
