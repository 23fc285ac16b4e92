#include "admin/request.h"

#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

TEST(ReplicaReference, ResourceNamesBecomeTheCoresAndOthersStay) {
  EXPECT_EQ(ReplicaReference("services/user-service.shop/replicas/2"), "user-service.shop/2");
  for (const char* name : {"user-service.shop/2", "shop-user-service-2", "3f2a", "a.b/2~"}) {
    EXPECT_EQ(ReplicaReference(name), name);
  }
}

TEST(ReplicaReference, WhatCanBeNoReplicaIsAnInvalidArgument) {
  for (const std::string& name :
       {std::string(), std::string("services/"), std::string("services/a.b"),
        std::string("services//replicas/2"), std::string("services/a.b/replicas/"),
        std::string(kNameBytesMax + 1, 'a')}) {
    const auto reference = ReplicaReference(name);
    ASSERT_FALSE(reference) << name;
    EXPECT_EQ(reference.error().code, Code::kInvalidArgument);
  }
}

TEST(CommandFrom, CarriesWhatWasAskedAndByWhom) {
  const auto command = CommandFrom({.verb = fleet::OperatorVerb::kEvict,
                                    .name = "a.b/1",
                                    .reason = "why\n\x1b[2J",
                                    .force = true,
                                    .actor = "admin from 127.0.0.1:4711"});
  ASSERT_TRUE(command);
  EXPECT_EQ(command->verb, fleet::OperatorVerb::kEvict);
  EXPECT_EQ(command->replica, "a.b/1");
  EXPECT_EQ(command->reason, "why\\x0a\\x1b[2J");
  EXPECT_EQ(command->actor, "admin from 127.0.0.1:4711");
  EXPECT_TRUE(command->force);
}

TEST(CommandFrom, APauseIsAboutWhatItsNameSays) {
  using enum fleet::PauseScope;
  struct Case {
    std::string name;
    fleet::PauseScope scope;
    std::string target;
  };
  for (const Case& one :
       {Case{"services/-", kHost, ""}, Case{"projects/shop", kProject, "shop"},
        Case{"services/api.shop", kService, "api.shop"}, Case{"services/api", kService, "api"},
        Case{"services/api.shop/replicas/2", kReplica, "api.shop/2"},
        Case{"api.shop/2", kReplica, "api.shop/2"}, Case{"host", kReplica, "host"}}) {
    for (const auto verb : {fleet::OperatorVerb::kPause, fleet::OperatorVerb::kResume}) {
      const auto command = CommandFrom({.verb = verb, .name = one.name});
      ASSERT_TRUE(command) << one.name;
      EXPECT_EQ(command->scope, one.scope) << one.name;
      EXPECT_EQ(command->replica, one.target) << one.name;
    }
  }
  for (const char* name : {"", "projects/", "services/", "projects/a/b", "services//replicas/1"}) {
    const auto command = CommandFrom({.verb = fleet::OperatorVerb::kPause, .name = name});
    EXPECT_TRUE(!command || command->scope == kReplica) << name << " must not mean a wider scope";
  }
  EXPECT_FALSE(CommandFrom({.verb = fleet::OperatorVerb::kPause, .name = ""}));
  EXPECT_FALSE(CommandFrom({.verb = fleet::OperatorVerb::kDrain, .name = "services/-"}))
      << "nothing but a pause is about more than a replica";
}

TEST(CommandFrom, ForceNeedsAReasonAndAReasonHasALimit) {
  const std::string long_reason(kReasonBytesMax + 1, 'x');
  for (const CommandRequest& request : {CommandRequest{.name = "a.b/1", .force = true},
                                        CommandRequest{.name = "a.b/1", .reason = long_reason}}) {
    const auto command = CommandFrom(request);
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().code, Code::kInvalidArgument);
  }
}

ServiceReports Reports() {
  ServiceReports reports;
  for (const auto& [project, service] :
       {std::pair("shop", "api"), std::pair("shop", "web"), std::pair("test", "api")}) {
    auto report = std::make_shared<fleet::ServiceReport>();
    report->name = {.project = project, .service = service};
    reports.push_back(report);
  }
  return reports;
}

TEST(ServicesFor, FindsAllOneOrTheOnlyOneOfAShortName) {
  for (const char* all : {"", "-", "services/-"})
    EXPECT_EQ(ServicesFor(all, Reports())->size(), 3U);
  for (const char* one : {"services/api.test", "api.test"}) {
    const auto found = ServicesFor(one, Reports());
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front()->name.Text(), "api.test");
  }
  EXPECT_EQ(ServicesFor("web", Reports())->front()->name.Text(), "web.shop");
}

TEST(ServicesFor, AnAmbiguousNameIsRefusedWithTheChoicesAndAnUnknownOneIsNotFound) {
  const auto ambiguous = ServicesFor("api", Reports());
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Code::kInvalidArgument);
  EXPECT_NE(ambiguous.error().message.find("api.shop, api.test"), std::string::npos);
  EXPECT_EQ(ServicesFor("nobody", Reports()).error().code, Code::kNotFound);
}

TEST(ReplicaOrService, TakesServicesAndAllThatIsAReplica) {
  EXPECT_EQ(ReplicaOrService("services/user-service.shop").value(), "user-service.shop");
  EXPECT_EQ(ReplicaOrService("services/user-service.shop/replicas/2").value(),
            "user-service.shop/2");
  EXPECT_EQ(ReplicaOrService("user-service").value(), "user-service");
  for (const std::string& name : {std::string(), std::string("services/"),
                                  std::string("services/a/b"), "services/" + std::string(300, 'a')})
    EXPECT_EQ(ReplicaOrService(name).error().code, Code::kInvalidArgument) << name.substr(0, 20);
}

}  // namespace
}  // namespace fairlead::admin
