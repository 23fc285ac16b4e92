#include "spec/replica_name.h"

#include <gtest/gtest.h>

namespace fairlead::spec {
namespace {

TEST(ReplicaName, EndsInTheComposeNumberOrTheIdsFirstSixDigits) {
  ServiceSpec spec;
  spec.name = {.project = "shop", .service = "user-service"};
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/3f2a99");
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f")), "user-service.shop/3f");
  spec.compose_number = 2;
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/2");
}

}  // namespace
}  // namespace fairlead::spec
