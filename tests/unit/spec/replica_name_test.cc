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

TEST(ReplicaName, OfAComposeServiceThatIsCalledOtherwiseIsNobodyElsesPlace) {
  ServiceSpec spec;
  spec.name = {.project = "shop", .service = "user-service"};
  spec.compose_number = 1;
  spec.ties.service = "user-service";
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/1");
  spec.ties.service = "spare";
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/spare-1");
  spec.ties.service = "A spare/..";
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/a-spare-1");
  spec.ties.service = "../";
  EXPECT_EQ(ReplicaName(spec, ContainerId("3f2a99c0ffee")), "user-service.shop/1");
}

}  // namespace
}  // namespace fairlead::spec
