// RetryRule: whether a call that failed is made again, and when: a service's labels as gRPC's A6
// (client retries) means them.
//
// Threads: none; pure.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "spec/service_spec.h"

namespace fairlead::gateway {

class RetryRule {
 public:
  explicit RetryRule(const spec::RetrySpec& retry) : retry_(retry) {}

  // How long to wait before the next attempt, after one that ended so; nothing: it was the last.
  // `pushback` is what the server said of it (Outcome). Counts the attempt.
  std::optional<Duration> After(Code code, std::optional<Duration> pushback, Rng& rng);
  // Attempts that After() was told of and that were not the last.
  int attempts_before() const { return failed_; }

 private:
  const spec::RetrySpec& retry_;
  int failed_ = 0;
  int waits_ = 0;  // since the server last said how long to wait
};

}  // namespace fairlead::gateway
