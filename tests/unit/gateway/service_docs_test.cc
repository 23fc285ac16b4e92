#include "gateway/service_docs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "gateway/page_files.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

using nlohmann::json;

class Docs : public ::testing::Test {
 protected:
  void Serve(spec::GatewaySpec gateway, const Description& description = Greeter()) {
    gateway.is_on = true;
    ServiceNow now{.name = {.project = "shop", .service = "greeter"}, .revision = 1};
    now.traffic.gateway = std::move(gateway);
    const Generation life{.id = ContainerId("a"), .started_at = "1"};
    now.replicas = {{.generation = life, .name = "greeter.shop/a", .address = {"10.0.0.1", 1}}};
    directory_.Take(now);
    directory_.Find(now.name)->roster.DescribeAll(DescriptorSet::Of(description, {}).value());
  }
  http::Reply Ask(const std::string& rest, const std::string& host = "localhost",
                  const std::string& method = "GET") {
    const http::Request request{
        .method = method, .path = "/.well-known/fairlead/" + rest, .fields = {{"host", host}}};
    EXPECT_TRUE(ServiceDocs::IsFor(request.path));
    return docs_.Answer(request, directory_);
  }

  Directory directory_;
  ServiceDocs docs_;
};

TEST_F(Docs, TellEachServiceUnderItsHostsAndPrefix) {
  Serve({.prefix = "/api", .hosts = {"shop.example"}});
  const http::Reply reply = Ask("greeter.shop/openapi.json", "Shop.example:80");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const json document = json::parse(reply.body);
  EXPECT_EQ(document.at("info").at("title"), "greeter.shop");
  EXPECT_TRUE(document.at("paths").contains("/api/v1/hello/{name}")) << document;
  EXPECT_TRUE(document.at("components").contains("securitySchemes"));
  EXPECT_EQ(Ask("greeter.shop/openapi.json", "localhost").status, 404U);
  EXPECT_EQ(Ask("greeter.shop/try", "localhost").status, 404U);
}

TEST_F(Docs, FollowWhatTheServiceSaysOfItself) {
  Serve({});
  const json before = json::parse(Ask("greeter.shop/openapi.json").body);
  Serve({.forwards_auth = false},
        Greeter("", R"(method { name: "SayBye" input_type: ".pb.HelloRequest"
                                output_type: ".pb.HelloReply" })"));
  const json after = json::parse(Ask("greeter.shop/openapi.json").body);
  EXPECT_FALSE(before.at("paths").contains("/pb.Greeter/SayBye"));
  EXPECT_TRUE(after.at("paths").contains("/pb.Greeter/SayBye"));
  EXPECT_NE(before.at("info").at("version"), after.at("info").at("version"));
  EXPECT_FALSE(after.at("components").contains("securitySchemes"));
}

TEST_F(Docs, RefuseWhatIsNotThere) {
  EXPECT_EQ(Ask("greeter.shop/openapi.json").status, 404U);
  Serve({});
  for (const std::string rest :
       {"", "greeter", "greeter.shop", "greeter.shop/", "greeter.shop/x", "page/x.js", "page",
        "other.shop/try", "greeter.other/openapi.json"})
    EXPECT_EQ(Ask(rest).status, 404U) << rest;
  EXPECT_EQ(Ask("greeter.shop/try", "localhost", "POST").status, 405U);
  directory_.Take({.name = {.project = "shop", .service = "greeter"},
                   .revision = 2,
                   .traffic = directory_.Find({.project = "shop", .service = "greeter"})->traffic});
  EXPECT_EQ(Ask("greeter.shop/openapi.json").status, 503U);
}

TEST_F(Docs, HaveAPageOfTheirOwnFilesAlone) {
  Serve({});
  const http::Reply page = Ask("greeter.shop/try");
  EXPECT_EQ(page.status, 200U);
  const auto policy = std::ranges::find(page.fields, "Content-Security-Policy", &http::Field::name);
  ASSERT_NE(policy, page.fields.end());
  EXPECT_TRUE(policy->value.starts_with("default-src 'none'; script-src 'self';")) << policy->value;
  for (const File& file : PageFiles()) {
    EXPECT_EQ(Ask("page/" + std::string(file.name)).status, 200U) << file.name;
    // Nothing of elsewhere, and no text that becomes markup.
    for (const std::string word : {"http:", "https:", "innerHTML", "insertAdjacentHTML", "eval("})
      EXPECT_EQ(file.bytes.find(word), std::string_view::npos) << file.name << ": " << word;
  }
}

}  // namespace
}  // namespace fairlead::gateway
