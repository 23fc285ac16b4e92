#include "transcode/routes.h"

#include <gtest/gtest.h>

#include <string>

#include "fairlead/admin/v1/admin.pb.h"
#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

const google::protobuf::ServiceDescriptor* Admin() {
  return admin::v1::GetStatusRequest::descriptor()->file()->service(0);
}

TEST(Routes, AreThoseOfTheAnnotations) {
  const Result<Routes> routes = Routes::Of({Admin()});
  ASSERT_TRUE(routes) << routes.error().Text();
  const auto status = routes->Find("GET", "/v1/status");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->route->method->name(), "GetStatus");
  EXPECT_TRUE(status->route->is_read());
  const auto restart = routes->Find("POST", "/v1/services/a.b/replicas/2:restart");
  ASSERT_TRUE(restart);
  EXPECT_EQ(restart->route->method->name(), "Restart");
  EXPECT_FALSE(restart->route->is_read());
  EXPECT_EQ(restart->bindings, (std::vector<PathBinding>{{"name", "services/a.b/replicas/2"}}));
  EXPECT_EQ(routes->Find("POST", "/v1/projects/shop:pause")->route->method->name(), "Pause");
  EXPECT_FALSE(routes->Find("POST", "/v1/status"));
  EXPECT_FALSE(routes->Find("GET", "/v1/nothing"));
}

TEST(Routes, OnlyReadWithGet) {
  const Result<Routes> routes = Routes::Of({Admin()});
  ASSERT_TRUE(routes);
  for (const Route& route : routes->all()) {
    const std::string& name = route.method->name();
    const bool is_question =
        name.starts_with("Get") || name.starts_with("List") || name.starts_with("Watch");
    EXPECT_TRUE(!route.is_read() || is_question || name == "Explain" || name == "Diagnose") << name;
  }
}

TEST(Routes, SayWhichMethodsAPathHas) {
  const Result<Routes> routes = Routes::Of({Admin()});
  ASSERT_TRUE(routes);
  EXPECT_EQ(routes->AllowedOn("/v1/status"), (std::set<std::string>{"GET", "HEAD"}));
  EXPECT_EQ(routes->AllowedOn("/v1/services/a.b:pause"), (std::set<std::string>{"POST"}));
  EXPECT_TRUE(routes->AllowedOn("/v1/nothing").empty());
}

TEST(Routes, OfEveryVerbAreFound) {
  for (const std::string verb : {"get", "put", "post", "delete", "patch"}) {
    Described described(verb + ": \"/x\"");
    ASSERT_NE(described.service(), nullptr) << verb;
    const Result<Routes> routes = Routes::Of({described.service()});
    ASSERT_TRUE(routes) << routes.error().Text();
    EXPECT_EQ(routes->all().size(), 1U);
  }
}

TEST(Routes, OfAMethodWithoutARuleThereAreNone) {
  Described described("");
  const Result<Routes> routes = Routes::Of({described.service()});
  ASSERT_TRUE(routes);
  EXPECT_TRUE(routes->all().empty());
}

TEST(Routes, OfARuleThatCannotBeUsedAreRefusedWithItsMethod) {
  for (const std::string rule :
       {"body: \"*\"", "custom { kind: \"X\" path: \"/x\" }", "get: \"x\"",
        "get: \"/x\" body: \"*\"", "post: \"/x\" body: \"inner\"",
        "get: \"/x\" response_body: \"name\"", "get: \"/{nothing}\"", "get: \"/{inner}\"",
        "get: \"/{name.x}\"", "get: \"/{name}\" additional_bindings { get: \"/{page_size}\" }"}) {
    Described described(rule);
    ASSERT_NE(described.service(), nullptr) << rule;
    const Result<Routes> routes = Routes::Of({described.service()});
    ASSERT_FALSE(routes) << rule;
    EXPECT_EQ(routes.error().code, Code::kInvalidArgument);
    EXPECT_NE(routes.error().message.find("t.S.M"), std::string::npos) << routes.error().message;
  }
  Described streaming("post: \"/x\" body: \"*\"", " client_streaming: true");
  EXPECT_FALSE(Routes::Of({streaming.service()}));
}

}  // namespace
}  // namespace fairlead::transcode
