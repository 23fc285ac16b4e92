#include "spec/label_table.h"

#include <gtest/gtest.h>

#include <set>

#include "spec/label_value.h"
#include "spec/read_labels.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

TEST(LabelTable, HasEachKeyOnceAndExplainsIt) {
  std::set<std::string_view> keys;
  for (const LabelRule& rule : LabelTable()) {
    EXPECT_TRUE(keys.insert(rule.key).second) << rule.key;
    EXPECT_FALSE(rule.meaning.empty()) << rule.key;
    EXPECT_FALSE(rule.fallback.empty() && rule.fallback_words.empty()) << rule.key;
    EXPECT_EQ(FindLabel(rule.key), &rule);
  }
  EXPECT_EQ(keys.size(), 47U);
  EXPECT_EQ(FindLabel("colour"), nullptr);
}

TEST(LabelTable, DefaultsAreValidAndInForce) {
  for (const LabelRule& rule : LabelTable()) {
    if (rule.fallback.empty()) continue;
    const auto value = ParseLabelValue(rule, rule.fallback);
    ASSERT_TRUE(value.has_value()) << rule.key;
    // Where nothing acts on any value the default is no promise; words must be acted on.
    if (rule.not_in_force != "*") {
      EXPECT_TRUE(IsInForce(rule, *value)) << rule.key;
    }
  }
}

TEST(LabelTable, DefaultsAreThoseOfServiceSpec) {
  ContainerFacts facts;
  facts.labels = {{"fairlead.enable", "true"}, {"fairlead.service", "api"}};
  facts.exposed_tcp_ports = {50051};
  ServiceSpec expected;
  expected.name = {.project = "default", .service = "api"};
  expected.port = 50051;
  expected.health.port = 50051;
  const LabelReading reading = ReadLabels(facts, {});
  EXPECT_EQ(reading.spec, expected);
  EXPECT_EQ(reading.diagnostics, std::vector<Diagnostic>{});
}

// ReadLabels turns a word's place in the table into its enum; this ties the two orders together.
TEST(LabelTable, WordsStandInTheOrderOfTheirEnums) {
  EXPECT_EQ(FindLabel("health.protocol")->choices, "grpc,http,tcp,docker,none");
  EXPECT_EQ(static_cast<int>(HealthProtocol::kDocker), 3);
  EXPECT_EQ(static_cast<int>(HealthProtocol::kNone), 4);
  EXPECT_EQ(FindLabel("health.mode")->choices, "auto,watch,check");
  EXPECT_EQ(static_cast<int>(HealthMode::kCheck), 2);
  EXPECT_EQ(FindLabel("repair")->choices, "restart,evict,observe");
  EXPECT_EQ(static_cast<int>(RepairMode::kObserve), 2);
  EXPECT_EQ(FindLabel("lb.policy")->choices, "round_robin,ring_hash,least_request");
  EXPECT_EQ(static_cast<int>(LbPolicy::kLeastRequest), 2);
  EXPECT_EQ(static_cast<int>(Cut::kOff), 2);
}

}  // namespace
}  // namespace fairlead::spec
