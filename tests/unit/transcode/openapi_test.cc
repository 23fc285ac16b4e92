#include "transcode/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::transcode {
namespace {

using nlohmann::json;

Routes AdminRoutes() {
  return *Routes::Of({admin::v1::GetStatusRequest::descriptor()->file()->service(0)});
}

json Document() {
  return json::parse(OpenApiOf(AdminRoutes(), "1.2.3"));
}

void CollectReferences(const json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.insert(value["$ref"].get<std::string>());
  if (value.is_structured()) {
    for (const json& inner : value) CollectReferences(inner, out);
  }
}

TEST(OpenApi, HasAnOperationForEveryRoute) {
  const json document = Document();
  EXPECT_EQ(document.at("openapi"), "3.0.3");
  EXPECT_EQ(document.at("info").at("version"), "1.2.3");
  std::size_t operations = 0;
  std::set<std::string> ids;
  for (const json& path : document.at("paths")) {
    for (const json& operation : path) {
      ++operations;
      EXPECT_TRUE(ids.insert(operation.at("operationId").get<std::string>()).second) << operation;
      EXPECT_TRUE(operation.at("responses").contains("200"));
      EXPECT_TRUE(operation.at("responses").contains("default"));
    }
  }
  EXPECT_EQ(operations, AdminRoutes().all().size());
}

TEST(OpenApi, EveryReferenceLeadsToASchema) {
  const json document = Document();
  std::set<std::string> references;
  CollectReferences(document, references);
  EXPECT_GT(references.size(), 8U);
  for (const std::string& reference : references) {
    const std::string prefix = "#/components/schemas/";
    ASSERT_TRUE(reference.starts_with(prefix)) << reference;
    EXPECT_TRUE(document["components"]["schemas"].contains(reference.substr(prefix.size())))
        << reference;
  }
}

TEST(OpenApi, EveryNameInAPathIsAParameterOfIt) {
  const json document = Document();
  for (const auto& [path, operations] : document.at("paths").items()) {
    for (const json& operation : operations) {
      std::size_t in_path = 0;
      for (const json& parameter : operation.at("parameters")) {
        if (parameter.at("in") != "path") continue;
        ++in_path;
        EXPECT_NE(path.find("{" + parameter.at("name").get<std::string>() + "}"), std::string::npos)
            << path;
      }
      EXPECT_EQ(in_path, static_cast<std::size_t>(std::ranges::count(path, '{'))) << path;
    }
  }
}

TEST(OpenApi, ActsNeedTheTokenAndReadingDoesNot) {
  const json document = Document();
  const json& paths = document.at("paths");
  EXPECT_FALSE(paths.at("/v1/status").at("get").contains("security"));
  const json& restart = paths.at("/v1/services/{service}/replicas/{replica}:restart").at("post");
  EXPECT_EQ(restart.at("security"), json::parse(R"([{"token": []}])"));
  EXPECT_TRUE(document.at("components").at("securitySchemes").contains("token"));
}

}  // namespace
}  // namespace fairlead::transcode
