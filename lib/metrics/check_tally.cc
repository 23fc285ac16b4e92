#include "metrics/check_tally.h"

#include <string>
#include <vector>

#include "metrics/meter.h"

namespace fairlead::metrics {
namespace {

// There is one writer, so that no bus-locked instruction is needed.
void AddTo(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace

void CheckTally::Observe(spec::CheckClass check_class, Duration latency) {
  AddTo(by_class_.at(static_cast<std::size_t>(check_class)), 1);
  AddTo(buckets_.at(BucketOf(latency)), 1);
  AddTo(nanoseconds_, static_cast<std::uint64_t>(latency.count()));
}

void CheckTally::TellTo(Meter& meter) const {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < by_class_.size(); ++i) {
    const std::uint64_t count = by_class_.at(i).load(std::memory_order_relaxed);
    if (count == 0) continue;
    samples.push_back({{std::string(spec::CheckClassName(static_cast<spec::CheckClass>(i)))},
                       static_cast<double>(count)});
  }
  meter.Replace(Metric::kChecks, samples);
  Series series;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::uint64_t count = buckets_.at(i).load(std::memory_order_relaxed);
    series.count += count;
    if (i < series.buckets.size()) series.buckets.at(i) = count;
  }
  series.value =
      std::chrono::duration<double>(
          Duration(static_cast<Duration::rep>(nanoseconds_.load(std::memory_order_relaxed))))
          .count();
  meter.Replace(Metric::kCheckSeconds, series);
}

}  // namespace fairlead::metrics
