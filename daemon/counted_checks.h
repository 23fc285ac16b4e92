// CountedChecks: hands on what checks find, and counts it.
//
// Threads: the prober's loop.
#pragma once

#include <string>

#include "health/prober.h"
#include "metrics/check_tally.h"

namespace fairlead::daemon {

class CountedChecks final : public health::ProbeSink {
 public:
  // `next` outlives it.
  explicit CountedChecks(health::ProbeSink& next) : next_(next) {}

  const metrics::CheckTally& tally() const { return tally_; }

  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override {
    tally_.Observe(outcome.check_class, outcome.latency);
    next_.OnProbe(generation, outcome);
  }
  void OnConnectionClosed(const Generation& generation) override {
    next_.OnConnectionClosed(generation);
  }
  void OnSuspicion(const Generation& generation, const spec::SuspectNews& news) override {
    next_.OnSuspicion(generation, news);
  }
  void OnTransportRefused(const Generation& generation) override {
    next_.OnTransportRefused(generation);
  }
  void OnCanary(bool passes, const std::string& detail) override { next_.OnCanary(passes, detail); }

 private:
  health::ProbeSink& next_;
  metrics::CheckTally tally_;
};

}  // namespace fairlead::daemon
