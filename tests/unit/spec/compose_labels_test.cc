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

TEST(ReadCompose, AnythingButTrueIsNoOneOffWhateverTheCapital) {
  for (const std::string text : {"False", "false", "", "TRUE ", "1"}) {
    EXPECT_EQ(
        ReadCompose(
            Compose({{"project", "p"}, {"service", "s"}, {"oneoff", text}, {"config-hash", "3f"}}))
            .role,
        ComposeRole::kReplica)
        << text;
  }
}

TEST(ReadCompose, KeepsWhomARecreateReplacesInBothForms) {
  for (const std::string& replaced : {std::string(64, 'a'), std::string("shop-api-1")}) {
    const ComposeIdentity identity = ReadCompose(Compose(
        {{"project", "p"}, {"service", "s"}, {"config-hash", "3f"}, {"replace", replaced}}));
    EXPECT_EQ(identity.role, ComposeRole::kReplica);
    EXPECT_EQ(identity.replaces, replaced);
  }
}

TEST(ReadDependencies, UnderstandsTheSpellingsOfAllVersions) {
  const std::vector<ComposeDependency> edges = {
      {.service = "cache", .condition = DependencyCondition::kStarted, .restart = false},
      {.service = "db", .condition = DependencyCondition::kHealthy, .restart = true},
      {.service = "init", .condition = DependencyCondition::kCompleted, .restart = false}};
  EXPECT_EQ(ReadDependencies("init:service_completed_successfully:false,db:service_healthy:true,"
                             "cache:service_started:false"),
            edges);
  EXPECT_EQ(ReadDependencies("cache,db:service_healthy:true,init:service_completed_successfully"),
            edges);
  EXPECT_EQ(ReadDependencies("db"), (std::vector<ComposeDependency>{{.service = "db"}}));
  EXPECT_EQ(ReadDependencies("db:service_healthy"),
            (std::vector<ComposeDependency>{
                {.service = "db", .condition = DependencyCondition::kHealthy}}));
}

TEST(ReadDependencies, GivesWhatItCanOfAnyText) {
  EXPECT_TRUE(ReadDependencies("").empty());
  EXPECT_TRUE(ReadDependencies(",,:service_healthy:true,::").empty());
  EXPECT_EQ(ReadDependencies("db:whenever:yes:more"),
            (std::vector<ComposeDependency>{{.service = "db"}}));
  EXPECT_EQ(ReadDependencies("db,db:service_healthy:true").size(), 1U) << "each service once";
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "s" + std::to_string(i) + ",";
  EXPECT_EQ(ReadDependencies(many).size(), kDependenciesMax);
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
