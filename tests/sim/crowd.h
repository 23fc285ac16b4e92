// Crowd: many seeds side by side, and what they came to.
//
// Threads: one per core; the runs share nothing, each is on one thread from end to end.
#pragma once

#include <string>
#include <vector>

#include "sim/simulation.h"

namespace fairlead::sim {

struct CrowdOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1;
  unsigned threads = 0;          // 0: one per core
  bool is_until_broken = false;  // no further seed is begun once one is broken
  SimOptions each;               // but for the seed
};

struct CrowdResult {
  struct Failure {
    std::uint64_t seed = 0;
    Broken first;
    std::size_t more = 0;
  };
  std::vector<Failure> broken;  // by seed
  std::uint64_t seeds = 0;
  std::uint64_t steps = 0;
  std::uint64_t checks = 0;
  std::uint64_t lives = 0;
  std::uint64_t hash = 0;  // of all traces
  Rules::Figures figures;
  double cpu_seconds = 0;

  // Figures, and one line per broken seed.
  std::string Text() const;
};

CrowdResult RunCrowd(const CrowdOptions& options);

}  // namespace fairlead::sim
