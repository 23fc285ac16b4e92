// What the push benchmark asks of a server, floor or real, and what it gets.
#pragma once

#include <chrono>
#include <string>

#include "bench/measure.h"

namespace fairlead::bench {

struct PushLoad {
  int streams = 0;        // connections with one stream each
  int rounds = 0;         // pushes to every stream, each until all have acknowledged it
  std::string resource;   // whose endpoints they subscribe to
  std::string unix_path;  // empty: TCP over loopback
  int endpoints = 10;     // of the resource
};

struct PushRun {
  double us_to_last = 0;  // median: from a push's begin until all have acknowledged it
  // Of the serving process, per stream: the connection, the request, the first state and its
  // acknowledgement.
  double cpu_us_per_first = 0;
  double cpu_us_per_push = 0;     // of the serving process: one push written, one answer read
  double rss_kib_per_stream = 0;  // what connecting and the first push added to resident memory
};

// Calls `round` as often as the load says, and notes what that cost and took.
template <class Round>
void MeasureRounds(const PushLoad& load, Round round, PushRun& run) {
  Series took;
  const double before = CpuSeconds();
  for (int i = 0; i < load.rounds; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    round();
    took.values.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  run.cpu_us_per_push = (CpuSeconds() - before) * 1e6 / load.rounds / load.streams;
  run.us_to_last = took.Median();
}

}  // namespace fairlead::bench
