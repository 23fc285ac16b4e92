// CheckTally: how checks ended and how long they took, counted without a lock.
//
// Why beside the Meter: a check costs microseconds and there may be 10,000 a second; the Meter's
// lock and its tables would be a good part of that. Threads: one counts, any reads. What is read
// may miss the check that is being counted.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "metrics/metric.h"
#include "spec/check.h"

namespace fairlead::metrics {

class Meter;

class CheckTally {
 public:
  void Observe(spec::CheckClass check_class, Duration latency);
  // Puts fairlead_checks_total and fairlead_check_seconds into `meter`, as they are now.
  void TellTo(Meter& meter) const;

 private:
  using Counter = std::atomic<std::uint64_t>;

  std::array<Counter, spec::kCheckClassCount> by_class_{};
  std::array<Counter, kBucketSeconds.size() + 1> buckets_{};  // the last for what is above them all
  Counter nanoseconds_{};
};

}  // namespace fairlead::metrics
