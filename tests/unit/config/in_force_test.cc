// What is in force, where it comes from, what is never shown, and what a reload takes.
#include "config/in_force.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/key_table.h"
#include "config/read_config.h"
#include "config/shown_value.h"

namespace fairlead::config {
namespace {

using Words = std::vector<std::string>;

Config Read(const std::string& text, std::map<std::string, std::string> environment = {},
            Words arguments = {}) {
  const ConfigReading reading = ReadConfig({.file_text = text,
                                            .file_path = "/etc/f.json",
                                            .environment = std::move(environment),
                                            .arguments = std::move(arguments)});
  EXPECT_TRUE(reading.ok());
  return reading.config;
}

// "value | origin place" of a key.
std::string Told(const Config& config, const std::string& key) {
  const KeySetting& setting = config.settings.at(key);
  return setting.value + " | " + std::string(OriginName(setting.origin)) +
         (setting.place.empty() ? "" : " " + setting.place);
}

TEST(InForce, TellsOfEachValueTheLineTheVariableOrTheFlagThatItComesFrom) {
  const Config config = Read(
      "// ours\n"
      "{\n"
      "  \"policy\": {\n"
      "    \"observe_only\": true, /* two\n lines */ \"panic_threshold\": \"40%\"\n"
      "  },\n"
      "  \"log.level\":\n"
      "    \"debug\",\n"
      "  \"defaults\": {\"health\": {\n\"interval\": \"2s\"}, \"weight\": 5}\n"
      "}\n",
      {{"FAIRLEAD_LOG_FORMAT", "json"}}, {"--http.listen=127.0.0.1:1,unix:/x"});
  EXPECT_EQ(Told(config, "policy.observe_only"), "true | file /etc/f.json:4");
  EXPECT_EQ(Told(config, "policy.panic_threshold"), "40% | file /etc/f.json:5");
  EXPECT_EQ(Told(config, "log.level"), "debug | file /etc/f.json:7");
  EXPECT_EQ(Told(config, "defaults.health.interval"), "2s | file /etc/f.json:10");
  EXPECT_EQ(Told(config, "defaults.weight"), "5 | file /etc/f.json:10");
  EXPECT_EQ(Told(config, "log.format"), "json | environment FAIRLEAD_LOG_FORMAT");
  EXPECT_EQ(Told(config, "http.listen"), "127.0.0.1:1,unix:/x | flag --http.listen");
  EXPECT_EQ(Told(config, "state_dir"), "/var/lib/fairlead | default");
  EXPECT_EQ(Told(config, "tls_profiles"), " | default");
}

TEST(InForce, HasEveryKey) {
  const Config config = Read("{}");
  const std::vector<KeyInForce> keys = InForce(config, config);
  EXPECT_EQ(keys.size(), KeyTable().size());
  for (const KeyInForce& key : keys) EXPECT_NE(FindKey(key.key), nullptr) << key.key;
}

TEST(InForce, ShowsNoSecret) {
  const Config config = Read(
      R"({"webhooks": [{"url": "https://me:pass@alerts.example/hook/T0K3N?key=T0K3N",
                        "secret_file": "/certs/hook.secret"}]})");
  const std::string value = config.settings.at("webhooks").value;
  EXPECT_EQ(value, R"([{"secret_file":"/certs/hook.secret","url":"https://alerts.example"}])");
  const Config plain = Read(R"({"webhooks": [{"url": "https://alerts.example/OTHER"}]})");
  EXPECT_EQ(PlanReload(config, plain).waiting, Words{"webhooks"});
}

TEST(ShownValue, IsPrintableWhateverWasWritten) {
  EXPECT_EQ(ShownValue(nlohmann::json("/a\xE2\x80\xAE"
                                      "b\n"))
                .find_first_of("\n\xE2"),
            std::string::npos);
}

TEST(PlanReload, TellsWhatIsTakenAndWhatWaitsForARestart) {
  const Config running = Read(R"({"log": {"level": "info"}, "defaults": {"weight": 5}})");
  const Config read = Read(
      R"({"log": {"level": "debug", "format": "json"}, "policy": {"observe_only": true},
          "defaults": {"health.interval": "2s"}})");
  const ReloadPlan plan = PlanReload(running, read);
  EXPECT_EQ(plan.taken, (Words{"log.format", "log.level"}));
  EXPECT_EQ(plan.waiting,
            (Words{"defaults.health.interval", "defaults.weight", "policy.observe_only"}));
}

TEST(PlanReload, TakesWhoMayWhat) {
  const ReloadPlan plan =
      PlanReload(Read("{}"), Read(R"({"access": {"viewers": [], "operators": [], "admins": ["self"],
                          "discovery": [{"identity": "DNS:a.b", "projects": ["shop"]}]}})"));
  EXPECT_EQ(plan.taken,
            (Words{"access.admins", "access.discovery", "access.operators", "access.viewers"}));
  EXPECT_EQ(plan.waiting, Words{});
}

TEST(PlanReload, TakesTheSameValueFromAnotherPlaceForNoChange) {
  const ReloadPlan plan =
      PlanReload(Read(R"({"state_dir": "/a"})"), Read("{}", {}, {"--state_dir=/a"}));
  EXPECT_EQ(plan.taken, Words{});
  EXPECT_EQ(plan.waiting, Words{});
}

TEST(InForce, ShowsWhatWaitsForARestart) {
  const Config running = Read(R"({"defaults": {"weight": 5}})");
  const Config read = Read(R"({"state_dir": "/new", "log.level": "debug"})");
  std::string told;
  for (const KeyInForce& key : InForce(running, read)) {
    if (key.is_pending) told += key.key + "=" + key.pending_value + ";";
  }
  EXPECT_EQ(told, "defaults.weight=;state_dir=/new;");
}

}  // namespace
}  // namespace fairlead::config
