#include "spec/read_labels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spec/check_profile.h"
#include "spec/diagnostic_codes.h"
#include "spec/unknown_labels.h"

namespace fairlead::spec {
namespace {

using namespace std::chrono_literals;
using Labels = std::map<std::string, std::string>;

// A replica that needs nothing more; `more` is laid over its labels.
ContainerFacts Replica(const Labels& more) {
  ContainerFacts facts;
  facts.labels = {{"fairlead.enable", "true"},
                  {"com.docker.compose.project", "shop"},
                  {"com.docker.compose.service", "api"},
                  {"com.docker.compose.container-number", "1"},
                  {"com.docker.compose.config-hash", "3f"}};
  for (const auto& [key, value] : more) facts.labels[key] = value;
  facts.exposed_tcp_ports = {50051};
  return facts;
}

std::vector<std::string> CodesOf(const LabelReading& reading) {
  std::vector<std::string> codes;
  for (const Diagnostic& d : reading.diagnostics) codes.push_back(d.subject + " " + d.code);
  return codes;
}

using Codes = std::vector<std::string>;

TEST(ReadLabels, TouchesNothingThatDoesNotAsk) {
  ContainerFacts facts;
  facts.exposed_tcp_ports = {50051};
  for (const Labels& labels :
       {Labels{}, Labels{{"fairlead.enable", "false"}, {"fairlead.prot", "1"}},
        Labels{{"autoheal", "True"}}, Labels{{"exitCode", "1"}, {"name", "x"}}}) {
    facts.labels = labels;
    const LabelReading reading = ReadLabels(facts, {});
    EXPECT_FALSE(reading.opted_in);
    EXPECT_EQ(reading.spec, std::nullopt);
    EXPECT_EQ(CodesOf(reading), Codes{});
  }
}

TEST(ReadLabels, NeverLetsTheHostOptAContainerIn) {
  ContainerFacts facts = Replica({});
  facts.labels.erase("fairlead.enable");
  const LabelReading reading =
      ReadLabels(facts, {.defaults = {{"enable", "true"}, {"service", "x"}}});
  EXPECT_FALSE(reading.opted_in);
  EXPECT_EQ(reading.spec, std::nullopt);
}

TEST(ReadLabels, TellsAnUnreadableOptIn) {
  const LabelReading reading = ReadLabels(Replica({{"fairlead.enable", "ture"}}), {});
  EXPECT_FALSE(reading.opted_in);
  EXPECT_EQ(reading.spec, std::nullopt);
  EXPECT_EQ(CodesOf(reading), Codes{"fairlead.enable label-bad-boolean"});
}

TEST(ReadLabels, PutsTheLabelOverTheHostOverTheTable) {
  const HostPolicy policy{
      .defaults = {{"health.interval", "2s"}, {"weight", "7"}, {"drain.timeout", "bad"}}};
  const auto spec = ReadLabels(Replica({{"fairlead.weight", "9"}}), policy).spec;
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->weight, 9);
  EXPECT_EQ(spec->health.interval, 2s);
  EXPECT_EQ(spec->drain_timeout, 10s);
}

TEST(ReadLabels, UsesTheHostsDefaultForABadLabel) {
  const HostPolicy policy{.defaults = {{"weight", "7"}}};
  const LabelReading reading = ReadLabels(Replica({{"fairlead.weight", "heavy"}}), policy);
  ASSERT_TRUE(reading.spec.has_value());
  EXPECT_EQ(reading.spec->weight, 7);
  EXPECT_EQ(CodesOf(reading), Codes{"fairlead.weight label-bad-integer"});
}

TEST(ReadLabels, ManagesNothingWhoseVitalLabelIsBad) {
  for (const auto& [key, value] : Labels{{"port", "0"},
                                         {"service", "a.b"},
                                         {"project", "A"},
                                         {"health.port", "x"},
                                         {"health.protocol", "gprc"},
                                         {"repair", "obsreve"},
                                         {"health.tls", "no such"},
                                         {"network", ""}}) {
    const LabelReading reading = ReadLabels(Replica({{"fairlead." + key, value}}), {});
    EXPECT_TRUE(reading.opted_in) << key;
    EXPECT_EQ(reading.spec, std::nullopt) << key;
    ASSERT_EQ(reading.diagnostics.size(), 1U) << key;
    EXPECT_EQ(reading.diagnostics[0].severity, Severity::kError) << key;
  }
}

TEST(ReadLabels, AdaptsDefaultsSilentlyToWhatWasWritten) {
  const LabelReading reading = ReadLabels(Replica({{"fairlead.health.interval", "300ms"},
                                                   {"fairlead.health.fall", "9"},
                                                   {"fairlead.repair.backoff", "10m"}}),
                                          {});
  ASSERT_TRUE(reading.spec.has_value());
  EXPECT_EQ(reading.spec->health.timeout, 300ms);
  EXPECT_EQ(reading.spec->liveness.fall, 9);
  EXPECT_EQ(reading.spec->repair.backoff_max, 10min);
  EXPECT_EQ(CodesOf(reading), Codes{});
}

TEST(ReadLabels, ObservesWhereTheHostOnlyObserves) {
  const auto spec =
      ReadLabels(Replica({{"fairlead.repair", "evict"}}), {.observe_only = true}).spec;
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->repair.mode, RepairMode::kObserve);
}

TEST(ReadLabels, AcceptsAnotherProjectOnlyAsThePolicyAllows) {
  const ContainerFacts facts = Replica({{"fairlead.project", "billing"}});
  EXPECT_EQ(CodesOf(ReadLabels(facts, {})), Codes{"fairlead.project project-refused"});
  EXPECT_EQ(ReadLabels(facts, {}).spec, std::nullopt);
  const auto allowed = ReadLabels(facts, {.projects_allowed = {"billing"}}).spec;
  ASSERT_TRUE(allowed.has_value());
  EXPECT_EQ(allowed->name.Text(), "api.billing");
  EXPECT_TRUE(ReadLabels(Replica({{"fairlead.project", "shop"}}), {}).spec.has_value());
}

TEST(ReadLabels, ChecksOverHttpAndTcpAreManaged) {
  const auto http = ReadLabels(Replica({{"fairlead.health.protocol", "http"},
                                        {"fairlead.health.path", "/ready"},
                                        {"fairlead.health.port", "8080"}}),
                               {});
  EXPECT_EQ(CodesOf(http), Codes{});
  ASSERT_TRUE(http.spec.has_value());
  EXPECT_EQ(http.spec->health.protocol, HealthProtocol::kHttp);
  EXPECT_EQ(http.spec->health.path, "/ready");
  EXPECT_EQ(http.spec->health.port, 8080);
  const auto tcp = ReadLabels(Replica({{"fairlead.health.protocol", "tcp"}}), {});
  EXPECT_EQ(CodesOf(tcp), Codes{});
  ASSERT_TRUE(tcp.spec.has_value());
  EXPECT_EQ(tcp.spec->health.protocol, HealthProtocol::kTcp);
}

TEST(ReadLabels, KnowsTlsProfilesOfTheHost) {
  const ContainerFacts facts = Replica({{"fairlead.health.tls", "corp"}});
  EXPECT_EQ(CodesOf(ReadLabels(facts, {})), (Codes{"fairlead.health.tls tls-profile-unknown"}));
  const LabelReading known = ReadLabels(facts, {.tls_profiles = {"corp"}});
  EXPECT_EQ(CodesOf(known), Codes{});
  ASSERT_TRUE(known.spec.has_value());
  EXPECT_EQ(known.spec->health.tls_profile, "corp");
}

TEST(ReadLabels, AServerThatSpeaksTlsIsAskedAsItsCallersCallItUnlessItsChecksAreLabelledOtherwise) {
  const auto asked = [](Labels labels) {
    labels.emplace("fairlead.port", "50051");
    const LabelReading reading = ReadLabels(Replica(labels), {.tls_profiles = {"corp", "other"}});
    EXPECT_EQ(CodesOf(reading), Codes{});
    const HealthSpec& health = reading.spec->health;
    return std::to_string(health.port) + " " + health.tls_profile;
  };
  const std::string name = "api.shop";
  EXPECT_EQ(asked({{"fairlead.tls", "auto"}}), "50051 (auto)@" + name);
  EXPECT_EQ(asked({{"fairlead.tls", "files:corp"}, {"fairlead.tls.port", "50052"}}),
            "50052 corp@" + name);
  EXPECT_EQ(asked({{"fairlead.tls", "files:corp"},
                   {"fairlead.tls.port", "50052"},
                   {"fairlead.tls.mode", "permissive"}}),
            "50052 corp@" + name);
  EXPECT_EQ(asked({{"fairlead.tls", "auto"}, {"fairlead.health.tls", "other"}}), "50051 other");
  EXPECT_EQ(asked({{"fairlead.tls", "auto"}, {"fairlead.health.port", "8080"}}), "8080 ");
  EXPECT_EQ(asked({{"fairlead.tls", "auto"},
                   {"fairlead.tls.port", "50052"},
                   {"fairlead.health.protocol", "tcp"}}),
            "50052 ");
}

TEST(CheckProfile, SaysWithWhichFilesAndWhomToExpect) {
  const CheckProfile labelled = ReadCheckProfile("corp");
  EXPECT_EQ(labelled.profile, "corp");
  EXPECT_EQ(labelled.server_name, "");
  const CheckProfile of_service = ReadCheckProfile("(auto)@user.shop");
  EXPECT_EQ(of_service.profile, kAutoProfile);
  EXPECT_EQ(of_service.server_name, "user.shop");
  EXPECT_EQ(ReadCheckProfile("").profile, "");
}

TEST(ReadLabels, LooksAtAFewUnknownLabelsOfTenThousand) {
  Labels many;
  for (int i = 0; i < 10'000; ++i) many["fairlead.x" + std::to_string(i)] = "1";
  const LabelReading reading = ReadLabels(Replica(many), {});
  EXPECT_TRUE(reading.spec.has_value());
  EXPECT_EQ(reading.diagnostics.size(), kUnknownLabelsToldMax + 1);
}

TEST(ReadLabels, FindsItsLabelsAmongTenThousandOfOthers) {
  Labels many;
  for (int i = 0; i < 10'000; ++i) many["a" + std::to_string(i)] = std::string(100, 'x');
  many["fairlead.weight"] = "3";
  const auto spec = ReadLabels(Replica(many), {}).spec;
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->weight, 3);
}

TEST(ReadLabels, SurvivesAnyBytesInKeysAndValues) {
  const std::vector<std::string> hostile = {"",
                                            std::string("\0", 1),
                                            "\n",
                                            "\x1b[2J",
                                            "\xff",
                                            std::string(1'048'576, 'x'),
                                            "\xE2\x80\xAE",
                                            "-1",
                                            "1e308s",
                                            "NaN"};
  for (const LabelRule& rule : LabelTable()) {
    for (const std::string& text : hostile) {
      const LabelReading reading =
          ReadLabels(Replica({{"fairlead." + std::string(rule.key), text}}), {});
      for (const Diagnostic& d : reading.diagnostics) {
        for (const char c : d.subject + d.message + d.hint) EXPECT_TRUE(c >= ' ' && c <= '~');
        EXPECT_LE(d.message.size(), 512U);
      }
    }
  }
  for (const std::string& text : hostile)
    ReadLabels(Replica({{"fairlead." + text, "1"}, {text, "1"}}), {});
}

TEST(ReadLabels, OrdersDiagnosticsBySubjectAndCode) {
  const LabelReading reading = ReadLabels(
      Replica({{"fairlead.weight", "x"}, {"fairlead.port", "x"}, {"fairlead.health.rise", "x"}}),
      {});
  EXPECT_EQ(CodesOf(reading),
            (Codes{"fairlead.health.rise label-bad-integer", "fairlead.port label-bad-port",
                   "fairlead.weight label-bad-integer"}));
}

}  // namespace
}  // namespace fairlead::spec
