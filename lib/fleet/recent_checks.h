// RecentChecks: the last checks of one generation, as evidence for what was decided on them.
//
// Why not the verdict's counts alone: who reads a week later why a replica was restarted wants to
// see what it answered, and when.
// Threads: none; owned by the core. No allocation: one is kept for each of ten thousand targets,
// and it is written with every answer.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "spec/check.h"

namespace fairlead::fleet {

// The default `liveness.fall`: all that a restart was decided on.
inline constexpr std::size_t kRecentChecksTold = 5;

// What `explain` shows. Twenty seconds at the default interval: what came before a failure, too.
inline constexpr std::size_t kRecentChecksKept = 20;

struct RecentCheck {
  spec::CheckClass check_class = spec::CheckClass::kServing;
  Duration latency{};
  TimePoint at{};
};

class RecentChecks {
 public:
  void Observe(const spec::CheckOutcome& outcome, TimePoint now);

  // "timeout 0.0s ago in 1000ms, serving 1.0s ago in 0.4ms": the newest kRecentChecksTold, newest
  // first; "" when there was none.
  std::string Text(TimePoint now) const;
  // All that are kept, newest first.
  std::vector<RecentCheck> Newest() const;

 private:
  std::array<RecentCheck, kRecentChecksKept> ring_;
  std::size_t count_ = 0;  // kept, at most kRecentChecksKept
  std::size_t next_ = 0;   // where the next one goes
};

}  // namespace fairlead::fleet
