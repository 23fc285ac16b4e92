#include "fleet/pauses.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

const ServiceName kApi{.project = "shop", .service = "api"};

Pause Of(PauseScope scope, ServiceName service = {}, std::string replica = "") {
  Pause pause;
  pause.scope = scope;
  pause.service = std::move(service);
  pause.replica = std::move(replica);
  return pause;
}

const Pause kHost = Of(PauseScope::kHost);
const Pause kProject = Of(PauseScope::kProject, {.project = "shop", .service = ""});
const Pause kService = Of(PauseScope::kService, kApi);
const Pause kReplica = Of(PauseScope::kReplica, kApi, "api.shop/2");

std::string Over(const Pauses& pauses, const ServiceName& service, const std::string& place) {
  std::string text;
  for (const Pause& pause : pauses.Over(service, place)) text += pause.Text() + ";";
  return text;
}

TEST(Pauses, EachScopeCoversWhatIsInsideItAndNothingElse) {
  struct Case {
    Pause pause;
    std::string text;
    bool covers_neighbour, covers_service, covers_project;  // the others of each
  };
  for (const Case& one : {Case{kHost, "this host;", true, true, true},
                          Case{kProject, "project shop;", true, true, false},
                          Case{kService, "service api.shop;", true, false, false},
                          Case{kReplica, "api.shop/2;", false, false, false}}) {
    Pauses pauses;
    ASSERT_TRUE(pauses.Set(one.pause));
    EXPECT_EQ(Over(pauses, kApi, "api.shop/2"), one.text);
    EXPECT_EQ(!Over(pauses, kApi, "api.shop/1").empty(), one.covers_neighbour) << one.text;
    EXPECT_EQ(!Over(pauses, {"shop", "web"}, "web.shop/2").empty(), one.covers_service) << one.text;
    EXPECT_EQ(!Over(pauses, {"test", "api"}, "api.test/2").empty(), one.covers_project) << one.text;
  }
}

TEST(Pauses, WithdrawingOneScopeLeavesTheOthers) {
  Pauses pauses;
  for (const Pause& pause : {kReplica, kService, kProject, kHost}) pauses.Set(pause);
  EXPECT_EQ(Over(pauses, kApi, "api.shop/2"),
            "this host;project shop;service api.shop;api.shop/2;");
  EXPECT_TRUE(pauses.Withdraw(kProject));
  EXPECT_FALSE(pauses.Withdraw(kProject)) << "it is over already";
  EXPECT_EQ(Over(pauses, kApi, "api.shop/2"), "this host;service api.shop;api.shop/2;");
  EXPECT_TRUE(pauses.Withdraw(kHost));
  EXPECT_EQ(Over(pauses, kApi, "api.shop/1"), "service api.shop;");
}

TEST(Pauses, ASecondOneOfAScopeTakesThePlaceOfTheFirst) {
  Pauses pauses;
  pauses.Set(kService);
  Pause renewed = kService;
  renewed.reason = "still";
  EXPECT_TRUE(pauses.Set(renewed));
  ASSERT_EQ(pauses.all().size(), 1U);
  EXPECT_EQ(pauses.all()[0].reason, "still");
}

TEST(Pauses, ThereIsAMostOfThem) {
  Pauses pauses;
  for (std::size_t i = 0; i < kPausesMax; ++i)
    ASSERT_TRUE(
        pauses.Set(Of(PauseScope::kProject, {.project = std::to_string(i), .service = ""})));
  EXPECT_FALSE(pauses.Set(kHost));
  EXPECT_TRUE(pauses.Set(Of(PauseScope::kProject, {.project = "7", .service = ""}))) << "not new";
}

}  // namespace
}  // namespace fairlead::fleet
