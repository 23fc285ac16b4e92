#include "cli/rollout_site.h"

#include <gtest/gtest.h>

namespace fairlead::cli {
namespace {

pb::Replica Of(int priority, const std::string& id) {
  pb::Replica replica;
  replica.set_priority(priority);
  replica.set_container_id(id);
  return replica;
}

std::string Chosen(const std::vector<pb::Replica>& replicas) {
  std::string ids;
  for (const pb::Replica& replica : OfFirstPriority(replicas)) ids += replica.container_id();
  return ids;
}

TEST(Rollout, IsAboutThoseOfTheSmallestPriority) {
  EXPECT_EQ(Chosen({Of(1, "a"), Of(0, "b"), Of(5, "c"), Of(0, "d")}), "bd");
  EXPECT_EQ(Chosen({Of(5, "a"), Of(1, "b")}), "b");
  EXPECT_EQ(Chosen({}), "");
}

}  // namespace
}  // namespace fairlead::cli
