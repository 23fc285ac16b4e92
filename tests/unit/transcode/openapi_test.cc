#include "transcode/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "fairlead/admin/v1/admin.pb.h"
#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

using nlohmann::json;

Routes AdminRoutes() {
  return *Routes::Of({admin::v1::GetStatusRequest::descriptor()->file()->service(0)});
}

json Document() {
  return json::parse(OpenApiOf(AdminRoutes(), {.version = "1.2.3"}));
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

// Of a service of somebody else's, with the rule on its one method.
json LooseDocument(const std::string& rule, const OpenApiInfo& more = {}) {
  Described described(rule);
  OpenApiInfo info = more;
  info.manner = Manner::kGrpcGateway;
  return json::parse(OpenApiOf(*Routes::Of({described.service()}, Manner::kGrpcGateway), info));
}

std::vector<std::string> ParametersOf(const json& operation) {
  std::vector<std::string> names;
  for (const json& parameter : operation.at("parameters"))
    names.push_back(parameter.at("in").get<std::string>() + " " +
                    parameter.at("name").get<std::string>());
  return names;
}

TEST(OpenApi, HasNoParameterTwice) {
  const json document = LooseDocument(
      "get: \"/v1/{name}/{page_size}/{inner.name}\" additional_bindings { get: "
      "\"/v2/*/*/things/*\" } "
      "additional_bindings { get: \"/v3/things/*/{name=things/*}\" }");
  const json& paths = document.at("paths");
  ASSERT_TRUE(paths.contains("/v1/{name}/{page_size}/{inner_name}")) << paths;
  EXPECT_TRUE(paths.contains("/v2/{name}/{name2}/things/{thing}")) << paths;
  EXPECT_TRUE(paths.contains("/v3/things/{thing}/things/{thing2}")) << paths;
  for (const json& path : paths) {
    for (const json& operation : path) {
      std::vector<std::string> names = ParametersOf(operation);
      std::ranges::sort(names);
      EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << operation;
    }
  }
}

TEST(OpenApi, SaysOnePathOnceWhateverItsRulesCallItsParts) {
  const json document = LooseDocument(
      "get: \"/v1/{name}\" additional_bindings { patch: \"/v1/{inner.name}\" body: \"inner\" } "
      "additional_bindings { get: \"/v1/{raw}\" }",
      {.base = "/shop"});
  const json& paths = document.at("paths");
  EXPECT_EQ(paths.size(), 2U) << paths;  // and POST /t.S/M
  const json& path = paths.at("/shop/v1/{raw}");
  EXPECT_TRUE(path.contains("get"));
  EXPECT_TRUE(path.contains("patch"));
  EXPECT_TRUE(paths.contains("/shop/t.S/M"));
}

TEST(OpenApi, TellsBodiesAnswersAndMapsAsTheyAre) {
  const json document = LooseDocument("post: \"/x\" body: \"inner\" response_body: \"words\"",
                                      {.access = OpenApiInfo::Access::kMayHave});
  const json& post = document.at("paths").at("/x").at("post");
  EXPECT_EQ(post.at("requestBody").at("content").at("application/json").at("schema"),
            json::parse(R"({"$ref": "#/components/schemas/t.Ask"})"));
  EXPECT_EQ(post.at("responses").at("200").at("content").at("application/json").at("schema"),
            json::parse(R"({"type": "array", "items": {"type": "string"}})"));
  const json number =
      LooseDocument("get: \"/x\" response_body: \"big\"").at("paths").at("/x").at("get");
  EXPECT_EQ(number.at("responses").at("200").at("content").at("application/json").at("schema"),
            json::parse(R"({"type": "integer", "format": "uint64"})"));
  EXPECT_EQ(post.at("security"), json::parse(R"([{}, {"token": []}])"));
  const std::vector<std::string> names = ParametersOf(post);
  EXPECT_EQ(std::ranges::count(names, "query page_size"), 1);
  EXPECT_EQ(std::ranges::count(names, "query inner.page_size"), 0);
  const json& schema = document.at("components").at("schemas").at("t.Ask");
  EXPECT_EQ(schema.at("properties").at("labels"),
            json::parse(R"({"type": "object", "additionalProperties": {"type": "string"}})"));
  EXPECT_EQ(schema.at("properties").at("at"),
            json::parse(R"({"type": "string", "format": "date-time", "nullable": true})"));
  EXPECT_EQ(schema.at("properties").at("maybe"),
            json::parse(R"({"type": "boolean", "nullable": true})"));
}

TEST(OpenApi, TakesAChainOfTypesAsLongAsItLikes) {
  constexpr int kTypes = 8'000;
  google::protobuf::FileDescriptorProto file;
  file.set_name("c.proto");
  file.set_package("c");
  file.set_syntax("proto3");
  for (int i = 0; i < kTypes; ++i) {
    auto& type = *file.add_message_type();
    type.set_name("M" + std::to_string(i));
    auto& field = *type.add_field();
    field.set_name("next");
    field.set_number(1);
    field.set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type_name(".c.M" + std::to_string(std::min(i + 1, kTypes - 1)));
  }
  auto& method = *file.add_service()->add_method();
  file.mutable_service(0)->set_name("S");
  method.set_name("M");
  method.set_input_type(".c.M0");
  method.set_output_type(".c.M0");
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  const std::string text =
      OpenApiOf(*Routes::Of({built->service(0)}, Manner::kGrpcGateway),
                {.access = OpenApiInfo::Access::kOpen, .manner = Manner::kGrpcGateway});
  EXPECT_NE(text.find("\"c.M" + std::to_string(kTypes - 1) + "\""), std::string::npos);
}

}  // namespace
}  // namespace fairlead::transcode
