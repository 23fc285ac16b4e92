// How the benchmarks measure and judge: CPU time of this process, minimum and median of
// repetitions, and the ratio to a floor that was measured in turn with it.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace fairlead::bench {

// CPU seconds that this process, all threads, has used; from the scheduler's nanosecond accounting.
inline double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Series {
  std::vector<double> values;

  double Min() const { return *std::min_element(values.begin(), values.end()); }
  double Max() const { return *std::max_element(values.begin(), values.end()); }
  double Median() const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
  // (median - minimum) / minimum: how noisy the machine was while this was measured.
  double Spread() const { return (Median() - Min()) / Min(); }
};

// Above this spread of the floor itself, a ratio says nothing.
inline constexpr double kFloorSpreadMax = 0.25;

// Prints both series and their ratios beside the goal. `unit_us` values are microseconds.
inline void Report(const std::string& figure, const Series& ours, const Series& floor,
                   double goal) {
  std::printf("%s\n", figure.c_str());
  std::printf("  floor     min %7.2f us  median %7.2f us  spread %.0f %%\n", floor.Min(),
              floor.Median(), floor.Spread() * 100);
  std::printf("  fairlead  min %7.2f us  median %7.2f us\n", ours.Min(), ours.Median());
  std::printf("  ratio     min %7.2f     median %7.2f      goal <= %.2f: %s\n",
              ours.Min() / floor.Min(), ours.Median() / floor.Median(), goal,
              floor.Spread() > kFloorSpreadMax         ? "not judged, the floor itself is too noisy"
              : ours.Median() / floor.Median() <= goal ? "met"
                                                       : "NOT met");
}

}  // namespace fairlead::bench
