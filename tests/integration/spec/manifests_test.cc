// The label reference for machines and for people says what the table in lib/spec says.
// FAIRLEAD_REWRITE=1 writes manifests/labels.json and the README's table of labels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/label_table.h"
#include "spec/service_spec.h"
#include "spec/words.h"
#include "support/manifest.h"

namespace fairlead::spec {
namespace {

using fairlead::testing::IsRewriting;
using fairlead::testing::ReadManifest;
using fairlead::testing::WriteManifest;
using nlohmann::ordered_json;
using ::testing::HasSubstr;

ordered_json Words(std::string_view list) {
  ordered_json words = ordered_json::array();
  for (const std::string_view word : SplitList(list)) words.push_back(std::string(word));
  return words;
}

void AddRange(const LabelRule& rule, ordered_json& label) {
  if (rule.kind == LabelKind::kDuration || rule.kind == LabelKind::kDurationRange) {
    label["minimum"] = FormatDuration(Duration(rule.minimum));
    label["maximum"] = FormatDuration(Duration(rule.maximum));
    if (rule.zero_is_off) label["zero_is_off"] = true;
  } else if (rule.kind == LabelKind::kInteger) {
    label["minimum"] = rule.minimum;
    label["maximum"] = rule.maximum;
  } else if (rule.kind == LabelKind::kPort) {
    label["minimum"] = 1;
    label["maximum"] = 65535;
  }
}

ordered_json Describe(const LabelRule& rule) {
  ordered_json label;
  label["label"] = std::string(kLabelPrefix) + std::string(rule.key);
  label["kind"] = LabelKindName(rule.kind);
  if (!rule.fallback.empty()) label["default"] = rule.fallback;
  if (!rule.fallback_words.empty()) label["default_in_words"] = rule.fallback_words;
  AddRange(rule, label);
  if (!rule.choices.empty()) label["words"] = Words(rule.choices);
  label["bad_value"] = rule.is_vital ? "not managed" : "default";
  label["host_default"] = rule.host_default;
  if (!rule.not_in_force.empty()) label["not_yet_in_force"] = Words(rule.not_in_force);
  if (rule.protocols != kAlways) {
    const auto protocols = SplitList(FindLabel("health.protocol")->choices);
    for (std::size_t i = 0; i < protocols.size(); ++i) {
      if ((rule.protocols >> i & 1U) != 0) label["protocols"].push_back(std::string(protocols[i]));
    }
  }
  label["meaning"] = rule.meaning;
  return label;
}

ordered_json DescribeAll() {
  ordered_json labels = ordered_json::array();
  for (const LabelRule& rule : LabelTable()) labels.push_back(Describe(rule));
  ordered_json codes = ordered_json::array();
  for (const codes::CodeMeaning& code : codes::kAll) {
    codes.push_back({{"code", code.code}, {"meaning", code.meaning}});
  }
  return {{"labels", labels}, {"diagnostic_codes", codes}};
}

TEST(LabelManifest, IsTheTableOfTheCode) {
  const std::string expected = DescribeAll().dump(2) + "\n";
  if (IsRewriting()) WriteManifest("labels.json", expected);
  EXPECT_EQ(ReadManifest("labels.json"), expected);
}

// "duration, 100ms to 1h", "one of `auto`, `watch`, `check`": what may be written.
std::string Values(const ordered_json& label) {
  std::string text = label["kind"];
  if (label.contains("minimum")) {
    const auto plain = [](const ordered_json& bound) {
      return bound.is_string() ? bound.get<std::string>() : bound.dump();
    };
    text += ", " + plain(label["minimum"]) + " to " + plain(label["maximum"]);
  }
  if (label.contains("words")) {
    text = label["kind"] == "choice" ? "one of" : "list of";
    for (const auto& word : label["words"]) text += " `" + word.get<std::string>() + "`";
  }
  if (label.contains("not_yet_in_force")) {
    text += "; not yet in force:";
    for (const auto& word : label["not_yet_in_force"]) {
      text += word == "*" ? " all" : " `" + word.get<std::string>() + "`";
    }
  }
  return text;
}

std::string Row(const LabelRule& rule) {
  const std::string shown = rule.fallback_words.empty() ? "`" + std::string(rule.fallback) + "`"
                                                        : std::string(rule.fallback_words);
  return "| `fairlead." + std::string(rule.key) + "` | " + shown + " | " + Values(Describe(rule)) +
         " | " + std::string(rule.meaning) + " |\n";
}

// The table of labels in README.md, from its head to the blank line after it.
TEST(ManifestsReadme, HasARowForEachLabel) {
  std::string expected = "| label | default | values | meaning |\n|---|---|---|---|\n";
  for (const LabelRule& rule : LabelTable()) expected += Row(rule);
  std::string readme = ReadManifest("README.md");
  const std::size_t from = readme.find("| label | default |");
  ASSERT_NE(from, std::string::npos);
  const std::size_t to = readme.find("\n\n", from) + 1;
  if (IsRewriting()) {
    readme.replace(from, to - from, expected);
    WriteManifest("README.md", readme);
    return;
  }
  EXPECT_EQ(readme.substr(from, to - from), expected);
}

TEST(ManifestsReadme, ExplainsEachDiagnosticCode) {
  const std::string readme = ReadManifest("README.md");
  for (const codes::CodeMeaning& code : codes::kAll) {
    EXPECT_THAT(readme,
                HasSubstr("| `" + std::string(code.code) + "` | " + std::string(code.meaning)));
  }
}

}  // namespace
}  // namespace fairlead::spec
