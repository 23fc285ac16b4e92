// The three layers and what wins: file, environment, flags.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/read_config.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using Problems = std::vector<std::string>;

Problems ProblemsOf(const ConfigReading& reading) {
  Problems problems;
  for (const auto& d : reading.diagnostics) {
    problems.push_back((d.severity == spec::Severity::kWarning ? "(warning) " : "") + d.subject +
                       " " + d.code);
  }
  return problems;
}

TEST(Layers, PutFlagsOverEnvironmentOverFileOverDefaults) {
  ConfigSources sources{
      .file_text = R"({"log": {"level": "warn", "format": "json"}, "state_dir": "/a"})",
      .environment = {{"FAIRLEAD_LOG_LEVEL", "error"}, {"FAIRLEAD_STATE_DIR", "/b"}},
      .arguments = {"--state_dir=/c"}};
  const ConfigReading reading = ReadConfig(sources);
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  EXPECT_EQ(reading.config.state_dir, "/c");
  EXPECT_EQ(reading.config.log.level, "error");
  EXPECT_EQ(reading.config.log.format, "json");
  EXPECT_EQ(reading.config.settings.at("state_dir").origin, Origin::kFlag);
  EXPECT_EQ(reading.config.settings.at("log.level").origin, Origin::kEnvironment);
  EXPECT_EQ(reading.config.settings.at("log.format").origin, Origin::kFile);
  EXPECT_EQ(reading.config.settings.at("engine.endpoint").origin, Origin::kDefault);
}

TEST(Layers, AreAllCheckedAlsoWhereOverridden) {
  ConfigSources sources{.file_text = R"({"log": {"level": "loud"}})",
                        .environment = {{"FAIRLEAD_LOG_LEVEL", "quiet"}},
                        .arguments = {"--log.level=info"}};
  EXPECT_EQ(ProblemsOf(ReadConfig(sources)),
            (Problems{"log.level config-bad-value", "FAIRLEAD_LOG_LEVEL config-bad-value"}));
}

TEST(Environment, SaysListsNumbersBooleansStructuresAndLabels) {
  const ConfigReading reading =
      ReadConfig({.environment = {{"FAIRLEAD_DISCOVERY_LISTEN", "127.0.0.1:1,unix:/x"},
                                  {"FAIRLEAD_POLICY_MAX_CONCURRENT_REPAIRS", "7"},
                                  {"FAIRLEAD_POLICY_OBSERVE_ONLY", "yes"},
                                  {"FAIRLEAD_ENVOY_LISTENERS", "0.0.0.0:10000,[::1]:10001"},
                                  {"FAIRLEAD_DEFAULTS_REPAIR_MIN_AVAILABLE", "80%"},
                                  {"PATH", "/bin"}}});
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  EXPECT_EQ(reading.config.discovery.listen.size(), 2U);
  EXPECT_EQ(reading.config.policy.max_concurrent_repairs, 7);
  EXPECT_TRUE(reading.config.policy.observe_only);
  ASSERT_EQ(reading.config.envoy_listeners.size(), 2U);
  EXPECT_EQ(reading.config.envoy_listeners[1].address.Text(), "[::1]:10001");
  EXPECT_EQ(reading.config.defaults.at("repair.min-available"), "80%");
}

TEST(Environment, TreatsAnEmptyVariableAsUnset) {
  const ConfigReading reading = ReadConfig({.environment = {{"FAIRLEAD_STATE_DIR", ""}}});
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  EXPECT_EQ(reading.config.state_dir, "/var/lib/fairlead");
}

TEST(Environment, RefusesWhatLooksLikeAKeyAndLeavesOthersAlone) {
  const ConfigReading reading =
      ReadConfig({.environment = {{"FAIRLEAD_POLICY_OBSERVE_ONYL", "1"},
                                  {"FAIRLEAD_HTTP_COLOUR", "1"},
                                  {"FAIRLEAD_CONFIG", "/x"},
                                  {"FAIRLEAD_ADMIN", "unix:/x"},
                                  {"FAIRLEAD_PORT_18080_TCP_PROTO", "tcp"}}});
  EXPECT_EQ(ProblemsOf(reading),
            (Problems{"FAIRLEAD_HTTP_COLOUR config-unknown-key",
                      "FAIRLEAD_POLICY_OBSERVE_ONYL config-unknown-key",
                      "(warning) FAIRLEAD_PORT_18080_TCP_PROTO config-unknown-key"}));
  EXPECT_EQ(reading.diagnostics[1].hint, "did you mean FAIRLEAD_POLICY_OBSERVE_ONLY?");
}

TEST(Flags, TakeTheirValueWithOrWithoutAnEqualsSign) {
  const ConfigReading reading =
      ReadConfig({.arguments = {"--log.level", "debug", "--policy.observe_only", "--admin.listen=",
                                "--defaults.weight", "5", "--config", "/x", "--check-config"}});
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  EXPECT_EQ(reading.config.log.level, "debug");
  EXPECT_TRUE(reading.config.policy.observe_only);
  EXPECT_TRUE(reading.config.admin.listen.empty());
  EXPECT_EQ(reading.config.defaults.at("weight"), "5");
  EXPECT_TRUE(reading.check_only);
  EXPECT_FALSE(reading.show_help);
  EXPECT_FALSE(reading.show_version);
}

TEST(Flags, AskForHelpAndVersion) {
  EXPECT_TRUE(ReadConfig({.arguments = {"--help"}}).show_help);
  EXPECT_TRUE(ReadConfig({.arguments = {"-h"}}).show_help);
  EXPECT_TRUE(ReadConfig({.arguments = {"--version"}}).show_version);
}

TEST(Flags, RefuseWhatIsUnknownTwiceGivenOrWithoutValue) {
  EXPECT_EQ(ProblemsOf(ReadConfig(
                {.arguments = {"--log.levle=info", "-x", "--log.level=info", "--log.level=warn",
                               "word", "--", "--help", "--defaults.wieght=1", "--state_dir"}})),
            (Problems{"--log.levle config-unknown-key", "-x config-unknown-key",
                      "--log.level config-duplicate-key", "word config-unexpected-argument",
                      "--help config-unexpected-argument",
                      "--defaults.wieght=1 config-unexpected-argument",
                      "--state_dir config-unexpected-argument"}));
  EXPECT_EQ(ProblemsOf(ReadConfig({.arguments = {"--state_dir"}})),
            Problems{"--state_dir config-bad-value"});
  EXPECT_EQ(ProblemsOf(ReadConfig({.arguments = {"--state_dir", "--help"}})),
            Problems{"--state_dir config-bad-value"});
  EXPECT_EQ(ReadConfig({.arguments = {"--log.levle=info"}}).diagnostics[0].hint,
            "did you mean --log.level?");
  EXPECT_EQ(ProblemsOf(ReadConfig({.arguments = {"--defaults.wieght=1"}})),
            Problems{"--defaults.wieght config-unknown-key"});
}

TEST(Flags, SurviveAnyBytes) {
  for (const std::string word :
       {"", "-", "--", "---", "--=", "--\xff=\x1b", "-\n", "--defaults.=", "--defaults."}) {
    for (const auto& d : ReadConfig({.arguments = {word}}).diagnostics) {
      for (const char c : d.subject + d.message + d.hint) EXPECT_TRUE(c >= ' ' && c <= '~') << word;
    }
  }
}

TEST(FindConfigPath, PrefersTheFlagThenTheVariable) {
  EXPECT_EQ(FindConfigPath({}, {}), (ConfigPath{"/etc/fairlead/config.json", false}));
  EXPECT_EQ(FindConfigPath({}, {{"FAIRLEAD_CONFIG", "/v"}}), (ConfigPath{"/v", true}));
  EXPECT_EQ(FindConfigPath({"--config=/f"}, {{"FAIRLEAD_CONFIG", "/v"}}), (ConfigPath{"/f", true}));
  EXPECT_EQ(FindConfigPath({"--config", "/f"}, {}), (ConfigPath{"/f", true}));
}

}  // namespace
}  // namespace fairlead::config
