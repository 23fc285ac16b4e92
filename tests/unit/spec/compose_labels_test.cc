#include "spec/compose_labels.h"

#include <gtest/gtest.h>

namespace fairlead::spec {
namespace {

using Labels = std::map<std::string, std::string>;

Labels Compose(Labels more) {
  Labels labels;
  for (auto& [key, value] : more) labels["com.docker.compose." + key] = value;
  return labels;
}

TEST(ReadCompose, KnowsAReplicaByItsConfigHash) {
  EXPECT_EQ(ReadCompose(Compose({{"project", "shop"},
                                 {"service", "api"},
                                 {"container-number", "2"},
                                 {"oneoff", "False"},
                                 {"config-hash", "3f"}})),
            (ComposeIdentity{
                .role = ComposeRole::kReplica, .project = "shop", .service = "api", .number = 2}));
}

TEST(ReadCompose, TakesLabelsInheritedFromAnImageForWhatTheyAre) {
  EXPECT_EQ(ReadCompose(Compose({{"project", "shop"}, {"service", "api"}, {"version", "2.40.3"}})),
            (ComposeIdentity{.role = ComposeRole::kOutside, .labels_from_image = true}));
}

TEST(ReadCompose, TellsOneOffsAndHooksFromReplicas) {
  EXPECT_EQ(
      ReadCompose(
          Compose({{"project", "p"}, {"service", "s"}, {"oneoff", "True"}, {"config-hash", "3f"}}))
          .role,
      ComposeRole::kOneOff);
  EXPECT_EQ(ReadCompose(Compose({{"project", "p"}, {"service", "s"}, {"hook", "pre_start"}})).role,
            ComposeRole::kHook);
}

TEST(ReadCompose, NeedsBothProjectAndService) {
  EXPECT_EQ(ReadCompose(Compose({{"project", "shop"}, {"config-hash", "3f"}})), ComposeIdentity{});
  EXPECT_EQ(ReadCompose(Compose({{"service", "api"}, {"config-hash", "3f"}})), ComposeIdentity{});
  EXPECT_EQ(ReadCompose({}), ComposeIdentity{});
}

TEST(ReadCompose, DropsANumberThatIsNone) {
  for (const std::string number : {"", "0", "-1", "two", "1000001", "99999999999999999999", "1 "}) {
    EXPECT_EQ(ReadCompose(Compose({{"project", "p"},
                                   {"service", "s"},
                                   {"config-hash", "3f"},
                                   {"container-number", number}}))
                  .number,
              std::nullopt)
        << number;
  }
}

}  // namespace
}  // namespace fairlead::spec
