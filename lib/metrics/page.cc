#include "metrics/page.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace fairlead::metrics {
namespace {

std::vector<std::string> Words(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    words.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return words;
}

prometheus::MetricType TypeOf(MetricType type) {
  if (type == MetricType::kCounter) return prometheus::MetricType::Counter;
  if (type == MetricType::kGauge) return prometheus::MetricType::Gauge;
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric SeriesOf(MetricType type, const Series& series) {
  prometheus::ClientMetric out;
  out.counter.value = type == MetricType::kCounter ? series.value : 0;
  out.gauge.value = type == MetricType::kGauge ? series.value : 0;
  if (type != MetricType::kHistogram) return out;
  out.histogram.sample_count = series.count;
  out.histogram.sample_sum = series.value;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBucketSeconds.size(); ++i) {
    below += series.buckets.at(i);
    out.histogram.bucket.push_back(
        {.cumulative_count = below, .upper_bound = kBucketSeconds.at(i)});
  }
  out.histogram.bucket.push_back(
      {.cumulative_count = series.count, .upper_bound = std::numeric_limits<double>::infinity()});
  return out;
}

}  // namespace

std::string PageOf(const Meter& meter) {
  std::vector<prometheus::MetricFamily> page;
  for (const auto& [metric, family] : meter.All()) {
    if (family.empty()) continue;
    const MetricRule& rule = RuleOf(metric);
    const std::vector<std::string> names = Words(rule.labels);
    prometheus::MetricFamily out{.name = std::string(rule.name),
                                 .help = std::string(rule.meaning),
                                 .type = TypeOf(rule.type),
                                 .metric = {}};
    for (const auto& [labels, series] : family) {
      prometheus::ClientMetric one = SeriesOf(rule.type, series);
      for (std::size_t i = 0; i < names.size(); ++i)
        one.label.push_back({.name = names.at(i), .value = labels.at(i)});
      out.metric.push_back(std::move(one));
    }
    page.push_back(std::move(out));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, page);
  return text.str();
}

std::string ReferenceTable() {
  std::string table = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const MetricRule& rule : MetricTable()) {
    std::string labels;
    for (const std::string& name : Words(rule.labels)) labels += fmt::format(" `{}`", name);
    table += fmt::format("| `{}` | {} |{} | {} |\n", rule.name, MetricTypeName(rule.type), labels,
                         rule.meaning);
  }
  return table;
}

}  // namespace fairlead::metrics
