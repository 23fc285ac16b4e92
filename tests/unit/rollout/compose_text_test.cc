#include "rollout/compose_text.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::rollout {
namespace {

// As Compose 2.40.3 and 1.29.2 print it, shortened.
constexpr std::string_view kCompose2 = R"(name: shop
services:
  base:
    command:
      - sleep
    scale: 7
  user-service:
    command:
      - sh
      - -c
      - |
        services:
          user-service:
            scale: 9
    deploy:
      replicas: 3
      resources:
        limits:
          memory: "52428800"
    environment:
      replicas: "5"
      scale: "6"
    image: busybox
networks:
  user-service:
    scale: 8
)";
constexpr std::string_view kCompose1 = R"(services:
  user-service:
    command:
    - sh
    image: busybox
    scale: 4
  "odd":
    image: busybox
version: '3.8'
)";

TEST(ComposeText, TheFileSaysHowManyReplicasThereShallBe) {
  EXPECT_EQ(ReplicasOf(kCompose2, "user-service"), 3);
  EXPECT_EQ(ReplicasOf(kCompose2, "base"), 7);
  EXPECT_EQ(ReplicasOf(kCompose1, "user-service"), 4);
  EXPECT_EQ(ReplicasOf(kCompose1, "odd"), 1) << "Compose's own default";
}

TEST(ComposeText, WithoutTheServiceOrAUsableNumberThereIsNoAnswer) {
  EXPECT_EQ(ReplicasOf(kCompose2, "replicas"), std::nullopt);
  EXPECT_EQ(ReplicasOf(kCompose2, ""), std::nullopt);
  EXPECT_EQ(ReplicasOf("", "user-service"), std::nullopt);
  for (const char* number : {"0", "-1", "x", "3 # three", "10001", "99999999999999999999", ""}) {
    EXPECT_EQ(ReplicasOf("services:\n  a:\n    scale: " + std::string(number), "a"), std::nullopt)
        << number;
  }
}

}  // namespace
}  // namespace fairlead::rollout
