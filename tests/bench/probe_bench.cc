// CPU per health check over kept connections: the prober beside its floor.
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "bench/clean_host.h"
#include "bench/haproxy_checks.h"
#include "bench/measure.h"
#include "bench/probe_floor.h"
#include "bench/probe_real.h"
#include "bench/probe_targets.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int kTargets = 1'000;
constexpr int kManyTargets = 10'000;
constexpr int kPairs = 5;
constexpr int kFewPairs = 3;
constexpr double kGoal = 1.5;

// With `ping` the transport question rides along, or is asked between two checks.
void Measure(int targets, milliseconds interval, milliseconds ping, milliseconds length) {
  Series floor;
  Series real;
  Series floor_sleeps;
  Series real_sleeps;
  int floor_checks = 0;
  int real_checks = 0;
  double kib_per_target = 0;
  double heap_kib_per_target = 0;
  const int pairs = targets > kTargets ? kFewPairs : kPairs;
  for (int pair = 0; pair < pairs; ++pair) {
    const ProbeRun real_run = RunProber(targets, interval, ping, length);
    const ProbeRun floor_run = RunProbeFloor(targets, interval, length);
    // Later runs find memory of the earlier ones.
    if (pair == 0) kib_per_target = real_run.kib_per_target;
    heap_kib_per_target = real_run.heap_kib_per_target;
    real.values.push_back(real_run.cpu_us_per_check);
    floor.values.push_back(floor_run.cpu_us_per_check);
    real_sleeps.values.push_back(real_run.sleeps_per_check);
    floor_sleeps.values.push_back(floor_run.sleeps_per_check);
    real_checks += real_run.checks;
    floor_checks += floor_run.checks;
  }
  Report("CPU per health check, " + std::to_string(targets) + " targets every " +
             std::to_string(interval.count()) + " ms" +
             (ping.count() > 0 ? ", transport every " + std::to_string(ping.count()) + " ms" : ""),
         real, floor, ping == 0ms || ping > interval ? kGoal : kNoGoal);
  std::printf("  checks    floor %d, fairlead %d; per check the thread slept %.2f and %.2f times\n",
              floor_checks, real_checks, floor_sleeps.Median(), real_sleeps.Median());
  std::printf(
      "  memory    %.2f KiB more resident per target, beside what an earlier run had left; %.2f "
      "KiB "
      "of it held\n",
      kib_per_target, heap_kib_per_target);
}

// Each check of HAProxy's has a connection of its own; so this is not a ratio of equal work.
void MeasureHaproxy(milliseconds interval, milliseconds length) {
  const ProbeTargets targets = SpawnProbeTargets();
  const std::optional<HaproxyRun> run = RunHaproxy(kTargets, targets.port, interval, length);
  StopProbeTargets(targets);
  std::printf("HAProxy's HTTP/2 check of %d targets every %lld ms\n", kTargets,
              static_cast<long long>(interval.count()));
  if (!run) {
    std::printf("  not measured: HAProxy is not installed\n");
    return;
  }
  std::printf("  HAProxy   %7.2f us of CPU per check, %.2f KiB resident per target\n",
              run->cpu_us_per_check, run->kib_per_target);
}

void MeasureIdleWatches() {
  Series idle;
  for (int run = 0; run < kPairs; ++run) idle.values.push_back(RunIdleWatches(kTargets, 2s));
  std::printf("CPU per second and target whose Watch is open and says nothing, %d targets\n",
              kTargets);
  std::printf("  fairlead  min %7.3f us  median %7.3f us\n", idle.Min(), idle.Median());
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace std::chrono_literals;
  using namespace fairlead::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  EnterCleanNetwork();
  AllowManyFiles();
  Measure(kTargets, 1s, 0ms, 3s);
  Measure(kTargets, 100ms, 0ms, 1500ms);
  Measure(kTargets, 100ms, 200ms, 1500ms);
  Measure(kTargets, 1s, 200ms, 3s);
  MeasureHaproxy(1s, 5s);
  Measure(kManyTargets, 1s, 0ms, 3s);
  MeasureIdleWatches();
}
