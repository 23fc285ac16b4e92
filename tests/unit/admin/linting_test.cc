#include "admin/linting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

using ::testing::HasSubstr;

v1::LintRequest Sent(std::initializer_list<std::pair<std::string, std::string>> files) {
  v1::LintRequest request;
  for (const auto& [name, text] : files) {
    v1::LintRequest::File& file = *request.add_files();
    file.set_name(name);
    file.set_text(text);
  }
  return request;
}

std::string Codes(const v1::LintRequest& request) {
  const auto response = LintSent(request);
  if (!response) return response.error().message;
  std::string codes;
  for (const v1::LintFinding& finding : response->findings())
    codes += finding.file() + ":" + std::to_string(finding.line()) + " " +
             finding.diagnostic().code() + "\n";
  return codes;
}

constexpr const char* kGood =
    "services:\n  api:\n    image: x\n    labels: [fairlead.enable=true, fairlead.port=50051]\n";

TEST(Linting, TellsWhatTheCommandTellsWithPlacesAndWhatToDo) {
  EXPECT_EQ(Codes(Sent({{"compose.yaml", kGood}})), "");
  const auto told = LintSent(
      Sent({{"api.labels", "fairlead.enable=true\nfairlead.service=api\nfairlead.port=0\n"}}));
  ASSERT_TRUE(told);
  ASSERT_EQ(told->findings_size(), 1);
  const v1::LintFinding& finding = told->findings(0);
  EXPECT_EQ(finding.file(), "api.labels");
  EXPECT_EQ(finding.line(), 3);
  EXPECT_EQ(finding.column(), 1);
  EXPECT_EQ(finding.diagnostic().severity(), v1::SEVERITY_ERROR);
  EXPECT_EQ(finding.diagnostic().subject(), "fairlead.port");
  EXPECT_NE(finding.diagnostic().hint(), "");
}

TEST(Linting, ReadsOnlyWhatWasSent) {
  const std::string base = "services:\n  base:\n    image: x\n";
  const std::string extended =
      "services:\n  api:\n    extends: {file: base.yaml, service: base}\n"
      "    labels: [fairlead.enable=true, fairlead.port=50051]\n";
  EXPECT_EQ(Codes(Sent({{"compose.yaml", extended}, {"base.yaml", base}})), "");
  const auto alone = LintSent(Sent({{"compose.yaml", extended}}));
  ASSERT_TRUE(alone);
  ASSERT_EQ(alone->findings_size(), 1);
  EXPECT_THAT(alone->findings(0).diagnostic().message(), HasSubstr("not among the files"));
  const std::string secret = "services:\n  api:\n    extends: {file: /etc/passwd, service: root}\n";
  EXPECT_THAT(Codes(Sent({{"compose.yaml", secret}})), HasSubstr("compose-extends"));
}

TEST(Linting, TakesVariablesFromTheRequestAlone) {
  const std::string text =
      "services:\n  api:\n    image: x\n    labels: [fairlead.enable=true, "
      "'fairlead.port=${PORT}']\n";
  v1::LintRequest request = Sent({{"compose.yaml", text}});
  EXPECT_THAT(Codes(request), HasSubstr("variable-unset"));
  (*request.mutable_variables())["PORT"] = "50051";
  EXPECT_EQ(Codes(request), "");
}

TEST(Linting, RefusesWhatItCouldNotTellApart) {
  EXPECT_THAT(Codes({}), HasSubstr("there is none"));
  EXPECT_THAT(Codes(Sent({{"", kGood}})), HasSubstr("no name"));
  EXPECT_THAT(Codes(Sent({{"a.yaml", kGood}, {"a.yaml", kGood}})),
              HasSubstr("a.yaml is there twice"));
  v1::LintRequest many;
  for (int n = 0; n < 17; ++n) many.add_files()->set_name(std::to_string(n) + ".yaml");
  EXPECT_THAT(Codes(many), HasSubstr("at most 16"));
  for (const char* project : {"Shop", "-shop", "a b", "\xc3\xa4"}) {
    v1::LintRequest request = Sent({{"compose.yaml", kGood}});
    request.set_project(project);
    EXPECT_THAT(Codes(request), HasSubstr("as Compose names one")) << project;
  }
  v1::LintRequest named = Sent({{"compose.yaml", kGood}});
  named.set_project("shop_2-a");
  EXPECT_EQ(Codes(named), "");
}

}  // namespace
}  // namespace fairlead::admin
