// CountedChecks: hands on what checks find, and counts it.
//
// Threads: the prober's loop.
#pragma once

#include <string>

#include "health/prober.h"
#include "metrics/meter.h"

namespace fairlead::daemon {

class CountedChecks final : public health::ProbeSink {
 public:
  // Both outlive it.
  CountedChecks(health::ProbeSink& next, metrics::Meter& meter) : next_(next), meter_(meter) {}

  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override {
    meter_.Count(metrics::Metric::kChecks,
                 {std::string(spec::CheckClassName(outcome.check_class))});
    meter_.Observe(metrics::Metric::kCheckSeconds, outcome.latency);
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
  metrics::Meter& meter_;
};

}  // namespace fairlead::daemon
