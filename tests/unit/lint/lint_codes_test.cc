#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "lint/codes.h"
#include "lint/lint.h"

namespace fairlead::lint {
namespace {

TEST(LintCodes, AreEachExplainedInTheReferenceAndNoneIsOneOfTheLabels) {
  std::ifstream in(std::string(FAIRLEAD_SOURCE_DIR) + "/manifests/README.md");
  std::stringstream text;
  text << in.rdbuf();
  std::set<std::string_view> seen;
  for (const spec::codes::CodeMeaning& one : spec::codes::kAll) seen.insert(one.code);
  for (const spec::codes::CodeMeaning& one : codes::kAll) {
    EXPECT_TRUE(seen.insert(one.code).second) << one.code;
    const std::string row =
        "| `" + std::string(one.code) + "` | " + std::string(one.meaning) + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

TEST(Lint, AFindingIsOneLineThatEditorsUnderstand) {
  const Finding finding{.file = "compose.yaml",
                        .line = 7,
                        .column = 9,
                        .severity = spec::Severity::kError,
                        .code = "label-bad-port",
                        .subject = "fairlead.port",
                        .message = "\"http\" is no port",
                        .hint = "write a number"};
  EXPECT_EQ(finding.Text(),
            "compose.yaml:7:9: error: label-bad-port: fairlead.port: \"http\" is no port; write a "
            "number");
}

TEST(Lint, NamesAndValuesFromFilesMoveNoCursor) {
  const LintInput input{
      .sources = {.files = {{.name = "\x1b[2J.yaml",
                             .text = "services:\n  \"a\\e[1m\":\n    labels: {\"fairlead.\\e[1m\": "
                                     "\"\\e[2J\", fairlead.enable: \"\\e\"}\n"}}},
      .project = "shop"};
  const std::vector<Finding> findings = Lint(input);
  ASSERT_FALSE(findings.empty());
  for (const Finding& finding : findings)
    EXPECT_EQ(finding.Text().find('\x1b'), std::string::npos) << finding.code;
}

TEST(Lint, ManyServicesThatShareHugeLabelsByAliasCostABoundedTime) {
  std::string text = "x: &x {";
  for (int i = 0; i < 20'000; ++i) text += "l" + std::to_string(i) + ": v, ";
  text += "}\nservices:\n";
  for (int i = 0; i < 5'000; ++i) text += "  s" + std::to_string(i) + ": {labels: *x}\n";
  const std::vector<Finding> findings =
      Lint({.sources = {.files = {{.name = "a.yaml", .text = text}}}, .project = "shop"});
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, codes::kYamlTooLarge);
}

TEST(Lint, SaysNoMoreThanAThousandThings) {
  std::string text = "services:\n";
  for (int i = 0; i < 3'000; ++i)
    text += "  s" + std::to_string(i) + ": {labels: {fairlead.enable: maybe}}\n";
  EXPECT_LE(
      Lint({.sources = {.files = {{.name = "a.yaml", .text = text}}}, .project = "shop"}).size(),
      1'000U);
}

}  // namespace
}  // namespace fairlead::lint
