// manifests/config.schema.json (JSON Schema 2020-12, for editors) says what the key table says, and
// manifests/README.md names each key. FAIRLEAD_REWRITE=1 writes the schema from the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "config/key_table.h"
#include "spec/label_table.h"
#include "support/manifest.h"

namespace fairlead::config {
namespace {

using fairlead::testing::IsRewriting;
using fairlead::testing::ReadManifest;
using fairlead::testing::WriteManifest;
using nlohmann::ordered_json;
using ::testing::HasSubstr;

ordered_json TypeOf(const KeyRule& rule) {
  switch (rule.kind) {
    case KeyKind::kText:
      return {{"type", "string"}, {"default", rule.fallback}};
    case KeyKind::kBoolean:
      return {{"type", "boolean"}, {"default", rule.fallback == "true"}};
    case KeyKind::kInteger:
      return {{"type", "integer"}, {"default", std::stoi(std::string(rule.fallback))}};
    case KeyKind::kList:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case KeyKind::kStructure:
      return {{"type", rule.fallback == "{}" ? "object" : "array"}};
  }
  return {};
}

ordered_json Section() {
  return {
      {"type", "object"}, {"additionalProperties", false}, {"properties", ordered_json::object()}};
}

ordered_json Schema() {
  ordered_json schema = Section();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "fairlead daemon config";
  ordered_json& keys = schema["properties"];
  for (const KeyRule& rule : KeyTable()) {
    ordered_json key = TypeOf(rule);
    key["description"] = rule.meaning;
    if (!rule.example.empty())
      key["examples"] = ordered_json::array({ordered_json::parse(rule.example, nullptr, false)});
    const std::string path(rule.path);
    const std::size_t dot = path.find('.');
    if (dot == std::string::npos) {
      keys[path] = key;
      continue;
    }
    ordered_json& section = keys[path.substr(0, dot)];
    if (section.is_null()) section = Section();
    section["properties"][path.substr(dot + 1)] = key;
  }
  ordered_json defaults = Section();
  for (const spec::LabelRule& rule : spec::LabelTable()) {
    if (!rule.host_default) continue;
    defaults["properties"][std::string(rule.key)] = {{"type", {"string", "integer", "boolean"}},
                                                     {"description", rule.meaning}};
  }
  keys["defaults"] = defaults;
  return schema;
}

TEST(ConfigSchema, IsTheTableOfTheCode) {
  const std::string expected = Schema().dump(2) + "\n";
  if (IsRewriting()) WriteManifest("config.schema.json", expected);
  EXPECT_EQ(ReadManifest("config.schema.json"), expected);
}

TEST(ManifestsReadme, HasARowForEachKey) {
  const std::string readme = ReadManifest("README.md");
  for (const KeyRule& rule : KeyTable()) {
    EXPECT_THAT(readme, HasSubstr("| `" + std::string(rule.path) + "` | "));
    EXPECT_THAT(readme, HasSubstr("| " + std::string(rule.meaning) + "."));
  }
}

}  // namespace
}  // namespace fairlead::config
