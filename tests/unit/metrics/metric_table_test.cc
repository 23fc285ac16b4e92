// The table of metrics against the reference for people (manifests/metrics.md), the alert rules and
// the dashboard.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "metrics/metric.h"
#include "metrics/page.h"

namespace fairlead::metrics {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(std::string(FAIRLEAD_SOURCE_DIR "/") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every name that begins as ours do.
std::set<std::string> NamesIn(const std::string& text) {
  static const std::regex kName("fairlead_[a-z0-9_]+");
  return {std::sregex_token_iterator(text.begin(), text.end(), kName), {}};
}

TEST(MetricTable, StandsInTheOrderOfTheEnumAndFollowsTheConventions) {
  std::set<std::string_view> names;
  std::size_t index = 0;
  for (const MetricRule& rule : MetricTable()) {
    EXPECT_EQ(static_cast<std::size_t>(rule.metric), index++) << rule.name;
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_TRUE(std::regex_match(std::string(rule.name), std::regex("fairlead_[a-z][a-z0-9_]*")));
    EXPECT_EQ(rule.name.ends_with("_total"), rule.type == MetricType::kCounter) << rule.name;
    EXPECT_TRUE(rule.type != MetricType::kHistogram || rule.name.ends_with("_seconds"));
    EXPECT_FALSE(rule.meaning.empty() || rule.meaning.ends_with('.')) << rule.name;
  }
  EXPECT_EQ(&RuleOf(Metric::kSeriesOverflow), &MetricTable().back());
}

TEST(MetricTable, IsShownToPeopleAsItIs) {
  EXPECT_NE(TextOf("manifests/metrics.md").find(ReferenceTable()), std::string::npos)
      << "manifests/metrics.md should have this table:\n"
      << ReferenceTable();
}

TEST(MetricTable, HasEveryMetricThatAnAlertOrTheDashboardNames) {
  std::set<std::string> known;
  for (const MetricRule& rule : MetricTable()) {
    const std::string name(rule.name);
    known.insert(name);
    if (rule.type == MetricType::kHistogram)
      known.insert({name + "_bucket", name + "_sum", name + "_count"});
  }
  for (const char* file : {"deploy/alerts.yml", "deploy/alerts_test.yml", "deploy/grafana.json"}) {
    const std::set<std::string> named = NamesIn(TextOf(file));
    EXPECT_GE(named.size(), 8U) << file;
    for (const std::string& name : named) EXPECT_TRUE(known.contains(name)) << file << ": " << name;
  }
}

}  // namespace
}  // namespace fairlead::metrics
