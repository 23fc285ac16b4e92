// Meter: the values of all metrics, counted by whoever knows and read by the page.
//
// Threads: any; one lock, held for a look into two small tables.
// Invariant: a metric has at most kSeriesPerMetricMax series and one named "other".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "metrics/metric.h"
#include "runtime/mutex.h"

namespace fairlead::metrics {

using LabelValues = std::vector<std::string>;  // as many as the metric has labels, in their order

struct Sample {
  LabelValues labels;
  double value = 0;
  bool operator==(const Sample&) const = default;
};

struct Series {
  double value = 0;  // of a histogram the sum
  std::uint64_t count = 0;
  std::array<std::uint64_t, kBucketSeconds.size()> buckets{};  // not cumulative
};

class Meter {
 public:
  using Family = std::map<LabelValues, Series>;

  // A counter goes up. REQUIRES: the metric's number of labels, also below.
  void Count(Metric metric, LabelValues labels = {}, double by = 1);
  // A histogram gets one value.
  void Observe(Metric metric, Duration value, LabelValues labels = {});
  // All series of a gauge, or of a counter that somebody else counts: what is not named is gone.
  void Replace(Metric metric, const std::vector<Sample>& samples);
  // The one series of a histogram without labels that somebody else counts.
  void Replace(Metric metric, const Series& series);
  void Set(Metric metric, double value) { Replace(metric, {{{}, value}}); }

  // Somebody who counts elsewhere, and tells it when asked. REQUIRES: before the first Refresh.
  void AddSource(std::function<void(Meter&)> tell) { sources_.push_back(std::move(tell)); }
  // Asks every source; before a page is made.
  void Refresh();

  // A copy of everything, by metric.
  std::map<Metric, Family> All() const;

 private:
  Series& Find(Metric metric, LabelValues labels)
      FAIRLEAD_THREAD_ANNOTATION(requires_capability(mutex_));

  std::vector<std::function<void(Meter&)>> sources_;
  mutable runtime::Mutex mutex_;
  std::map<Metric, Family> families_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::metrics
