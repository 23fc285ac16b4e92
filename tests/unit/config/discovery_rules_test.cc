// access.discovery: which identity of a certificate sees which projects.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/read_config.h"

namespace fairlead::config {
namespace {

using Codes = std::vector<std::string>;

ConfigReading ReadRules(const std::string& text) {
  return ReadConfig({.file_text = text, .file_path = "/etc/fairlead/config.json"});
}

// "subject code" of each problem.
Codes CodesOf(const ConfigReading& reading) {
  Codes codes;
  for (const auto& problem : reading.diagnostics)
    codes.push_back(problem.subject + " " + problem.code);
  return codes;
}

TEST(DiscoveryRules, WhichIdentitySeesWhichProjectsIsAListOfRules) {
  using Kind = access::Rule::Kind;
  EXPECT_TRUE(ReadRules("{}").config.access.discovery.empty());
  const std::string rules =
      R"([{"identity": "URI:spiffe://corp/web/*", "projects": ["shop", "media"]},
          {"identity": "DNS:Console.corp", "projects": ["shop", "*"]}])";
  const std::vector<access::DiscoveryRule> wanted = {
      {.who = {.kind = Kind::kUri, .text = "spiffe://corp/web/", .has_star = true},
       .projects = std::set<std::string>{"media", "shop"}},
      {.who = {.kind = Kind::kDns, .text = "console.corp"}, .projects = std::nullopt}};
  EXPECT_EQ(ReadRules(R"({"access": {"discovery": )" + rules + "}}").config.access.discovery,
            wanted);
  EXPECT_EQ(ReadConfig({.arguments = {"--access.discovery=" + rules}}).config.access.discovery,
            wanted);
  EXPECT_EQ(
      ReadConfig({.environment = {{"FAIRLEAD_ACCESS_DISCOVERY", rules}}}).config.access.discovery,
      wanted);
}

TEST(DiscoveryRules, ARuleOfDiscoveryNamesACertificateAndProjectsOrIsAMistake) {
  const std::vector<std::pair<std::string, Codes>> table = {
      {R"({"identity": "unix", "projects": ["shop"]})",
       {"access.discovery[0].identity config-bad-value"}},
      {R"({"identity": "uid:0", "projects": ["shop"]})",
       {"access.discovery[0].identity config-bad-value"}},
      {R"({"identity": "spiffe://corp/web", "projects": ["shop"]})",
       {"access.discovery[0].identity config-bad-value"}},
      {R"({"projects": ["shop"]})", {"access.discovery[0].identity config-bad-value"}},
      {R"({"identity": "DNS:a.b"})", {"access.discovery[0].projects config-bad-value"}},
      {R"({"identity": "DNS:a.b", "projects": []})",
       {"access.discovery[0].projects config-bad-value"}},
      {R"({"identity": "DNS:a.b", "projects": "shop"})",
       {"access.discovery[0].projects config-bad-value"}},
      {R"({"identity": "DNS:a.b", "projects": ["no such!", 1]})",
       {"access.discovery[0].projects[0] config-bad-value",
        "access.discovery[0].projects[1] config-wrong-type"}},
      {R"({"identity": "DNS:a.b", "project": ["shop"]})",
       {"access.discovery[0].project config-unknown-key",
        "access.discovery[0].projects config-bad-value"}},
      {R"("DNS:a.b")", {"access.discovery[0] config-wrong-type"}},
  };
  for (const auto& [rule, problems] : table) {
    const ConfigReading reading = ReadRules(R"({"access": {"discovery": [)" + rule + "]}}");
    EXPECT_EQ(CodesOf(reading), problems) << rule;
    EXPECT_TRUE(reading.config.access.discovery.empty()) << rule;
  }
}

}  // namespace
}  // namespace fairlead::config
