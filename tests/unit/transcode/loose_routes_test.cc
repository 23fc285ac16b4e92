// Routes as grpc-gateway has them (Manner::kGrpcGateway).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "transcode/routes.h"
#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

std::vector<std::string> LooseRoutes(const std::string& rule, const std::string& more = "") {
  Described described(rule, more);
  const Result<Routes> routes = Routes::Of({described.service()}, Manner::kGrpcGateway);
  if (!routes) return {routes.error().Text()};
  std::vector<std::string> shown;
  for (const Route& route : routes->all()) shown.push_back(route.verb + " " + route.path.text());
  for (std::size_t i = 0; i < routes->faults().size(); ++i) shown.emplace_back("fault");
  return shown;
}

TEST(LooseRoutes, HaveEachMethodAndTheRulesThatCanBeUsed) {
  using Shown = std::vector<std::string>;
  EXPECT_EQ(LooseRoutes(""), (Shown{"POST /t.S/M"}));
  EXPECT_EQ(LooseRoutes("get: \"/a\" additional_bindings { get: \"/b\" }"),
            (Shown{"GET /b", "GET /a", "POST /t.S/M"}));
  EXPECT_EQ(LooseRoutes("custom { kind: \"OPTIONS\" path: \"/x\" }"),
            (Shown{"OPTIONS /x", "POST /t.S/M"}));
  for (const std::string rule :
       {"body: \"*\"", "custom { kind: \"X\" path: \"/x\" }", "get: \"x\"", "get: \"/{nothing}\"",
        "get: \"/{labels}\"", "post: \"/x\" body: \"nothing\"", "get: \"/x\" response_body: \"x\"",
        "get: \"/{inner}\""})
    EXPECT_EQ(LooseRoutes(rule), (Shown{"POST /t.S/M", "fault"})) << rule;
  EXPECT_EQ(LooseRoutes("get: \"/{name}\" additional_bindings { get: \"/{words}\" }"),
            (Shown{"GET /{words}", "GET /{name}", "POST /t.S/M", "fault"}));
  EXPECT_EQ(LooseRoutes("post: \"/x\" body: \"*\"", " client_streaming: true"), Shown{});
}

TEST(LooseRoutes, KeepTheBodyThatIsAFieldAndTheAnswerThatIsOne) {
  Described described("post: \"/x\" body: \"inner\" response_body: \"words\"");
  const Result<Routes> routes = Routes::Of({described.service()}, Manner::kGrpcGateway);
  ASSERT_TRUE(routes);
  const Route& route = routes->all().front();
  EXPECT_FALSE(route.takes_body);
  EXPECT_EQ(route.body_field->name(), "inner");
  EXPECT_EQ(route.response_field->name(), "words");
}

TEST(LooseRoutes, EndAtTheirLimit) {
  std::string rule = "get: \"/0\"";
  for (std::size_t i = 1; i <= kRoutesMax; ++i)
    rule += " additional_bindings { get: \"/" + std::to_string(i) + "\" }";
  const std::vector<std::string> shown = LooseRoutes(rule);
  EXPECT_EQ(shown.size(), kRoutesMax + 2);
  EXPECT_EQ(shown.back(), "fault");
}

}  // namespace
}  // namespace fairlead::transcode
