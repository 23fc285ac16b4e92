#include "access/discovery.h"

#include <gtest/gtest.h>

namespace fairlead::access {
namespace {

using Names = std::vector<std::string>;

DiscoveryRule Of(const std::string& who, std::set<std::string> projects) {
  return {.who = *ParseRule(who), .projects = std::move(projects)};
}

DiscoveryPolicy Corp() {
  return {.rules = {Of("URI:spiffe://corp/web/*", {"shop", "media"}),
                    Of("DNS:*.ops.corp", {"ops"}),
                    Of("URI:spiffe://corp/web/edge", {"edge"}),
                    {.who = *ParseRule("DNS:console.corp"), .projects = std::nullopt}},
          .trust_domain = "fairlead.internal"};
}

// "shop media", "*" for every one, "" for none.
std::string Seen(const DiscoveryPolicy& policy, const Names& names) {
  const Projects projects = ProjectsOf(policy, names);
  if (!projects) return "*";
  std::string text;
  for (const std::string& project : *projects) text += (text.empty() ? "" : " ") + project;
  return text;
}

TEST(DiscoveryPolicy, WalksTheTable) {
  const std::vector<std::pair<Names, std::string>> table = {
      {{}, ""},
      {{"nobody (no subjectAltName)"}, ""},
      {{"IP Address:10.0.0.9"}, ""},
      {{"URI:spiffe://corp/web/a"}, "media shop"},
      {{"URI:spiffe://corp/web/edge"}, "edge media shop"},
      {{"URI:spiffe://corp/web"}, ""},
      {{"URI:spiffe://corp/web/"}, ""},
      {{"URI:spiffe://corp/web/../ops"}, ""},
      {{"URI:spiffe://corp/web/*"}, ""},
      {{"DNS:a.ops.corp"}, "ops"},
      {{"DNS:A.OPS.corp"}, "ops"},
      {{"DNS:a.b.ops.corp"}, ""},
      {{"DNS:a.ops.corp", "URI:spiffe://corp/web/a"}, "media ops shop"},
      {{"DNS:console.corp"}, "*"},
      {{"DNS:x", "DNS:console.corp"}, "*"},
      {{"DNS:console.corp\nURI:x"}, ""},
  };
  for (const auto& [names, seen] : table)
    EXPECT_EQ(Seen(Corp(), names), seen) << (names.empty() ? "no name" : names.front());
}

TEST(DiscoveryPolicy, AServiceOfOursSeesItsOwnProjectWithoutARule) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"URI:spiffe://fairlead.internal/shop/user-service", "shop"},
      {"URI:spiffe://fairlead.internal/my.shop/user_1", "my.shop"},
      {"URI:spiffe://fairlead.internal/checker", ""},
      {"URI:spiffe://fairlead.internal/shop/a/b", ""},
      {"URI:spiffe://fairlead.internal/shop/", ""},
      {"URI:spiffe://fairlead.internal//a", ""},
      {"URI:spiffe://fairlead.internal/../a", ""},
      {"URI:spiffe://fairlead.internal/SHOP/a", ""},
      {"URI:spiffe://fairlead.internal.evil/shop/a", ""},
      {"URI:spiffe://other/shop/a", ""},
      {"DNS:user-service.shop", ""},
  };
  for (const auto& [name, seen] : table) EXPECT_EQ(Seen(Corp(), {name}), seen) << name;
  EXPECT_EQ(Seen({}, {"URI:spiffe:///shop/a"}), "");
}

TEST(DiscoveryPolicy, WithoutARuleNobodySeesAnything) {
  const DiscoveryPolicy none{.rules = {}, .trust_domain = "fairlead.internal"};
  EXPECT_EQ(Seen(none, {"DNS:console.corp", "URI:spiffe://corp/web/a"}), "");
}

TEST(DiscoveryAdvice, IsWhatToWriteAndCanBeRead) {
  const std::string advice = DiscoveryAdvice({"IP Address:10.0.0.9", "DNS:web.corp"}, "shop");
  EXPECT_NE(advice.find(R"({"identity": "DNS:web.corp", "projects": ["shop"]})"), std::string::npos)
      << advice;
  EXPECT_NE(DiscoveryAdvice({"nobody (no subjectAltName)"}, "").find("subjectAltName"),
            std::string::npos);
}

TEST(ClientActor, IsTheCertificatesNameOrElseTheAddress) {
  EXPECT_EQ(ClientActor({"DNS:a.corp", "URI:spiffe://corp/a"}, "10.0.0.9"), "spiffe://corp/a");
  EXPECT_EQ(ClientActor({}, "10.0.0.9"), "10.0.0.9");
}

}  // namespace
}  // namespace fairlead::access
