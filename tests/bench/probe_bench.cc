// CPU per health check over kept connections: the prober beside its floor.
#include <chrono>
#include <cstdio>
#include <string>

#include "bench/clean_host.h"
#include "bench/measure.h"
#include "bench/probe_floor.h"
#include "bench/probe_real.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int kTargets = 1'000;
constexpr int kPairs = 5;
constexpr double kGoal = 1.5;

// With `ping` the transport question rides along, or is asked between two checks.
void Measure(milliseconds interval, milliseconds ping, milliseconds length) {
  Series floor;
  Series real;
  Series floor_sleeps;
  Series real_sleeps;
  int floor_checks = 0;
  int real_checks = 0;
  double kib_per_target = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const ProbeRun real_run = RunProber(kTargets, interval, ping, length);
    const ProbeRun floor_run = RunProbeFloor(kTargets, interval, length);
    // Later runs find memory of the earlier ones.
    if (pair == 0) kib_per_target = real_run.kib_per_target;
    real.values.push_back(real_run.cpu_us_per_check);
    floor.values.push_back(floor_run.cpu_us_per_check);
    real_sleeps.values.push_back(real_run.sleeps_per_check);
    floor_sleeps.values.push_back(floor_run.sleeps_per_check);
    real_checks += real_run.checks;
    floor_checks += floor_run.checks;
  }
  Report("CPU per health check, " + std::to_string(kTargets) + " targets every " +
             std::to_string(interval.count()) + " ms" +
             (ping.count() > 0 ? ", transport every " + std::to_string(ping.count()) + " ms" : ""),
         real, floor, ping == 0ms || ping > interval ? kGoal : kNoGoal);
  std::printf("  checks    floor %d, fairlead %d; per check the thread slept %.2f and %.2f times\n",
              floor_checks, real_checks, floor_sleeps.Median(), real_sleeps.Median());
  std::printf(
      "  memory    %.2f KiB more resident per target, beside what an earlier run had left\n",
      kib_per_target);
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace std::chrono_literals;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fairlead::bench::EnterCleanNetwork();
  fairlead::bench::AllowManyFiles();
  fairlead::bench::Measure(1s, 0ms, 3s);
  fairlead::bench::Measure(100ms, 0ms, 1500ms);
  fairlead::bench::Measure(100ms, 200ms, 1500ms);
  fairlead::bench::Measure(1s, 200ms, 3s);
}
