// How the benchmarks measure and judge: CPU time of this process, minimum and median of
// repetitions, and the ratio to a floor that was measured in turn with it.
#pragma once

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

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

// How often this process, all threads, has gone to sleep.
inline double Sleeps() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_nvcsw);
}

// Resident memory of this process in KiB; the kernel's own, such as socket buffers, is not in it.
inline double ResidentKib() {
  long pages_all = 0;
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%ld %ld", &pages_all, &pages) != 2) pages = 0;
  std::fclose(file);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

// What this process, all threads, holds of its heap in KiB: the part of the above that somebody
// asked for. The rest are holes that what was freed has left.
inline double HeapKib() {
  return static_cast<double>(mallinfo2().uordblks) / 1024;
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

// For figures that are printed only to be known.
inline constexpr double kNoGoal = 0;

inline const char* Verdict(double ratio, double floor_spread, double goal) {
  if (floor_spread > kFloorSpreadMax) return "not judged, the floor itself is too noisy";
  if (goal == kNoGoal) return "not a goal";
  return ratio <= goal ? "met" : "NOT met";
}

// Prints both series and their ratios, the medians' beside the goal. All values are microseconds.
inline void Report(const std::string& figure, const Series& ours, const Series& floor,
                   double goal) {
  const double ratio = ours.Median() / floor.Median();
  std::printf("%s\n", figure.c_str());
  std::printf("  floor     min %7.2f us  median %7.2f us  spread %.0f %%\n", floor.Min(),
              floor.Median(), floor.Spread() * 100);
  std::printf("  fairlead  min %7.2f us  median %7.2f us\n", ours.Min(), ours.Median());
  std::printf("  ratio     min %7.2f     median %7.2f      ", ours.Min() / floor.Min(), ratio);
  if (goal != kNoGoal) std::printf("goal <= %.2f: ", goal);
  std::printf("%s\n", Verdict(ratio, floor.Spread(), goal));
}

// Prints another server's series below that, to be known: it has no goal.
inline void ReportBeside(const char* other, const Series& ours, const Series& theirs) {
  std::printf("  %-9s min %7.2f us  median %7.2f us   fairlead takes %.2f of it\n", other,
              theirs.Min(), theirs.Median(), ours.Median() / theirs.Median());
}

}  // namespace fairlead::bench
