#include "rollout/containers.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::rollout {
namespace {

constexpr std::string_view kInspected = R"([
 {"Id": "aa11", "Name": "/shop-web-2", "Image": "sha256:77", "Config": {"Image": "web:1", "Labels": {
   "com.docker.compose.config-hash": "c0ffee", "com.docker.compose.container-number": "2",
   "com.docker.compose.oneoff": "False", "com.docker.compose.project": "shop",
   "com.docker.compose.service": "web", "com.docker.compose.project.working_dir": "/srv/shop",
   "com.docker.compose.project.config_files": "/srv/shop/compose.yaml,prod.yaml",
   "com.docker.compose.project.environment_file": "/srv/shop/prod.env"}},
  "State": {"Status": "exited", "ExitCode": 137}},
 {"Id": "bb22", "Name": "/shop-web-run-1", "Image": "sha256:77", "Config": {"Labels": {
   "com.docker.compose.config-hash": "c0ffee", "com.docker.compose.oneoff": "True"}}},
 {"Id": "cc33", "Name": "/plain", "Image": "sha256:77", "Config": {"Labels": {
   "com.docker.compose.project": "shop"}}, "State": {"Status": "created"}}
])";

TEST(Containers, AContainersLabelsSayHowToAskComposeForMoreOfItsKind) {
  const auto read = ReadContainers(kInspected);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U) << "docker compose run makes no replica";
  const Container& web = read->front();
  EXPECT_EQ(web.id, "aa11");
  EXPECT_EQ(web.name, "shop-web-2");
  EXPECT_EQ(web.number, 2);
  EXPECT_EQ(web.exit_code, 137);
  EXPECT_TRUE(web.has_started());
  EXPECT_FALSE(web.is_up());
  EXPECT_EQ(web.origin, (ComposeOrigin{.project = "shop",
                                       .service = "web",
                                       .working_directory = "/srv/shop",
                                       .files = {"/srv/shop/compose.yaml", "/srv/shop/prod.yaml"},
                                       .environment_files = {"/srv/shop/prod.env"}}));
}

TEST(Containers, WhatOnlyInheritsLabelsFromItsImageIsNotMadeByCompose) {
  const auto read = ReadContainers(kInspected);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->back().origin, ComposeOrigin());
  EXPECT_FALSE(read->back().has_started());
}

TEST(Containers, ANewImageOfTheSameNameIsAnotherRevision) {
  const auto of = [](const std::string& hash, const std::string& image) {
    return ReadContainers(R"([{"Id": "a", "Image": ")" + image +
                          R"(", "Config": {"Labels": {"com.docker.compose.config-hash": ")" + hash +
                          R"("}}}])")
        ->front()
        .revision;
  };
  EXPECT_EQ(of("1", "sha256:2"), of("1", "sha256:2"));
  EXPECT_NE(of("1", "sha256:2"), of("1", "sha256:3"));
  EXPECT_NE(of("1", "sha256:2"), of("4", "sha256:2"));
}

TEST(Containers, OddFieldsCostThatFieldAndWhatIsNoListIsAnError) {
  const auto read = ReadContainers(R"([{"Id": "a", "Name": 3, "Image": null, "State": [],
    "Config": {"Labels": null}}, 7, {"Id": ""}])");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 1U);
  for (const char* bad : {"", "{", "{}", "null", "[1,"}) {
    const auto none = ReadContainers(bad);
    ASSERT_FALSE(none) << bad;
    EXPECT_EQ(none.error().code, Code::kDataLoss);
  }
}

}  // namespace
}  // namespace fairlead::rollout
