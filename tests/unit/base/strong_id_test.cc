#include "base/strong_id.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace fairlead {
namespace {

using ContainerLike = StrongId<struct ContainerTag, std::string>;
using ServiceLike = StrongId<struct ServiceTag, std::string>;

TEST(StrongId, OfOneKindIsNotTakenForAnother) {
  EXPECT_FALSE((std::is_convertible_v<ContainerLike, ServiceLike>));
  EXPECT_FALSE((std::is_constructible_v<ContainerLike, ServiceLike>));
  EXPECT_FALSE((std::is_convertible_v<std::string, ContainerLike>));
}

TEST(StrongId, IsOrderedAndHashedByItsValue) {
  std::map<ContainerLike, int> ordered = {{ContainerLike("b"), 2}, {ContainerLike("a"), 1}};
  EXPECT_EQ(ordered.begin()->first, ContainerLike("a"));
  const std::unordered_set<ContainerLike> set = {ContainerLike("a"), ContainerLike("a"),
                                                 ContainerLike("b")};
  EXPECT_EQ(set.size(), 2U);
}

TEST(StrongId, MadeFromNothingHoldsTheEmptyValue) {
  EXPECT_EQ(ContainerLike().value, "");
  EXPECT_EQ((StrongId<struct NumberTag, int>().value), 0);
}

}  // namespace
}  // namespace fairlead
