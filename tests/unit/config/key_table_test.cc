#include "config/key_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace fairlead::config {
namespace {

TEST(KeyTable, HoldsTheKeysOfTheReferenceOnceEach) {
  std::set<std::string_view> paths;
  for (const KeyRule& rule : KeyTable()) EXPECT_TRUE(paths.insert(rule.path).second) << rule.path;
  const std::set<std::string_view> expected = {"engine.endpoint",
                                               "engine.tls",
                                               "discovery.listen",
                                               "discovery.tls",
                                               "discovery.allow_plaintext",
                                               "discovery.max_connection_age",
                                               "admin.listen",
                                               "admin.tls",
                                               "admin.allow_containers",
                                               "access.viewers",
                                               "access.operators",
                                               "access.admins",
                                               "access.discovery",
                                               "http.listen",
                                               "http.tls",
                                               "http.allowed_hosts",
                                               "http.gzip",
                                               "dns.listen",
                                               "dns.zone",
                                               "gateway.listen",
                                               "gateway.tls",
                                               "gateway.allow_plaintext",
                                               "gateway.descriptors",
                                               "state_dir",
                                               "user",
                                               "policy.observe_only",
                                               "policy.max_concurrent_repairs",
                                               "policy.panic_threshold",
                                               "policy.projects",
                                               "tls_profiles",
                                               "service_tls.trust_domain",
                                               "service_tls.dir",
                                               "service_tls.lifetime",
                                               "service_tls.issuer",
                                               "envoy.listeners",
                                               "webhooks",
                                               "file_sinks",
                                               "log.level",
                                               "log.format",
                                               "debug.core_dumps"};
  EXPECT_EQ(paths, expected);
}

TEST(KeyTable, ExamplesAreGoodValues) {
  for (const KeyRule& rule : KeyTable()) {
    if (rule.example.empty()) continue;
    const auto value = nlohmann::json::parse(rule.example, nullptr, false);
    Config config;
    std::vector<ValueProblem> problems;
    rule.read(value, config, problems);
    EXPECT_TRUE(problems.empty()) << rule.path;
    EXPECT_NE(config, Config{}) << rule.path;
  }
}

TEST(KeyTable, ListsOnlyItsOwnKeysAsNotYetInForce) {
  for (const std::string_view path : NotYetInForce()) EXPECT_NE(FindKey(path), nullptr) << path;
}

TEST(EnvironmentName, TurnsDotsAndDashesIntoUnderscores) {
  EXPECT_EQ(EnvironmentName("policy.observe_only"), "FAIRLEAD_POLICY_OBSERVE_ONLY");
  EXPECT_EQ(EnvironmentName("defaults.repair.min-available"),
            "FAIRLEAD_DEFAULTS_REPAIR_MIN_AVAILABLE");
}

TEST(EnvironmentName, IsDifferentForEachPath) {
  std::set<std::string> names;
  for (const std::string_view path : AllPaths())
    EXPECT_TRUE(names.insert(EnvironmentName(path)).second);
}

}  // namespace
}  // namespace fairlead::config
