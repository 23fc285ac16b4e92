#include "metrics/meter.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace fairlead::metrics {
namespace {

std::size_t LabelCount(const MetricRule& rule) {
  if (rule.labels.empty()) return 0;
  return 1 + static_cast<std::size_t>(std::ranges::count(rule.labels, ','));
}

}  // namespace

Series& Meter::Find(Metric metric, LabelValues labels) {
  const MetricRule& rule = RuleOf(metric);
  CHECK(labels.size() == LabelCount(rule));
  for (std::string& label : labels) label = Printable(label, kLabelBytesMax);
  Family& family = families_[metric];
  if (const auto found = family.find(labels); found != family.end()) return found->second;
  if (family.size() >= kSeriesPerMetricMax) {
    families_[Metric::kSeriesOverflow][{std::string(rule.name)}].value += 1;
    for (std::string& label : labels) label = "other";
  }
  return family[std::move(labels)];
}

void Meter::Count(Metric metric, LabelValues labels, double by) {
  const runtime::MutexLock lock(mutex_);
  Find(metric, std::move(labels)).value += by;
}

void Meter::Observe(Metric metric, Duration value, LabelValues labels) {
  const std::size_t bucket = BucketOf(value);
  const runtime::MutexLock lock(mutex_);
  Series& series = Find(metric, std::move(labels));
  series.value += std::chrono::duration<double>(value).count();
  ++series.count;
  if (bucket < series.buckets.size()) ++series.buckets.at(bucket);
}

void Meter::Replace(Metric metric, const std::vector<Sample>& samples) {
  const runtime::MutexLock lock(mutex_);
  families_[metric].clear();
  for (const Sample& sample : samples) Find(metric, sample.labels).value += sample.value;
}

void Meter::Replace(Metric metric, const Series& series) {
  const runtime::MutexLock lock(mutex_);
  families_[metric].clear();
  Find(metric, {}) = series;
}

void Meter::Refresh() {
  for (const auto& tell : sources_) tell(*this);
}

std::map<Metric, Meter::Family> Meter::All() const {
  const runtime::MutexLock lock(mutex_);
  return families_;
}

}  // namespace fairlead::metrics
