// What a push costs and how long it takes, and what a first state costs: the discovery server
// beside its floor. Goals 1, 2, 3, 5 and 8.
#include <cstdio>
#include <string>

#include "bench/clean_host.h"
#include "bench/measure.h"
#include "bench/push_floor.h"
#include "bench/push_server.h"

namespace fairlead::bench {
namespace {

constexpr double kCpuGoal = 1.25;      // 1
constexpr double kTimeGoal = 1.2;      // 2
constexpr double kMemoryGoalKib = 16;  // 3: an HTTP/2 session of nghttp2 alone has 13.6
constexpr double kLargeGoal = 1.2;     // 5
constexpr double kStormGoal = 1.5;     // 8
constexpr double kStormGoalUs = 35;    // 8
constexpr int kLargeEndpoints = 760;   // 28.7 KB

struct Pairs {
  Series cpu;
  Series to_last;
  Series first;
  double rss_kib_per_stream = 0;  // of the first run
};

// Both kinds of server in turn.
struct Both {
  Pairs real;
  Pairs floor;
};

void Note(const PushRun& run, Pairs& pairs) {
  if (pairs.cpu.values.empty()) pairs.rss_kib_per_stream = run.rss_kib_per_stream;
  pairs.cpu.values.push_back(run.cpu_us_per_push);
  pairs.to_last.values.push_back(run.us_to_last);
  pairs.first.values.push_back(run.cpu_us_per_first);
}

Both Measure(const PushLoad& load, int pairs) {
  Both both;
  const std::size_t response_bytes = PushedResponseBytes(load.endpoints);
  for (int pair = 0; pair < pairs; ++pair) {
    Note(RunPushServer(load), both.real);
    Note(RunPushFloor(load, response_bytes), both.floor);
  }
  return both;
}

std::string Streams(const PushLoad& load) {
  return std::to_string(load.streams) + " streams over " +
         (load.unix_path.empty() ? "TCP" : "a unix socket");
}

void ReportPush(const std::string& number, const PushLoad& load, const Both& both, double goal) {
  Report(number + "CPU per delivered push of " +
             std::to_string(PushedResponseBytes(load.endpoints)) +
             " bytes and its acknowledgement, " + Streams(load),
         both.real.cpu, both.floor.cpu, goal);
}

void ReportTime(const PushLoad& load, const Both& both) {
  Report("goal 2: from a change to the last acknowledgement of " + Streams(load), both.real.to_last,
         both.floor.to_last, kTimeGoal);
}

void ReportMemory(const Both& both) {
  const double kib = both.real.rss_kib_per_stream;
  std::printf("goal 3: %.1f KiB resident per idle stream, the first time   goal <= %.0f: %s\n", kib,
              kMemoryGoalKib, kib <= kMemoryGoalKib ? "met" : "NOT met");
}

void ReportStorm(const PushLoad& load, const Both& both) {
  Report("goal 8: CPU per connection with its first state, " + Streams(load) + " at once",
         both.real.first, both.floor.first, kStormGoal);
  const double us = both.real.first.Median();
  std::printf("  %.1f us each   goal <= %.0f: %s\n", us, kStormGoalUs,
              us <= kStormGoalUs ? "met" : "NOT met");
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace fairlead::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  EnterCleanNetwork();
  AllowManyFiles();
  const std::string resource = PushedResource();

  PushLoad load{.streams = 1'000, .rounds = 30, .resource = resource, .unix_path = ""};
  Both both = Measure(load, 15);
  ReportPush("goal 1: ", load, both, kCpuGoal);
  ReportTime(load, both);
  ReportMemory(both);

  load.streams = 8'000;
  load.rounds = 10;
  ReportPush("goal 1: ", load, Measure(load, 5), kCpuGoal);

  load.streams = 100;
  load.rounds = 100;
  ReportTime(load, Measure(load, 15));

  load.streams = 10'000;
  load.rounds = 10;
  both = Measure(load, 5);
  ReportTime(load, both);
  ReportStorm(load, both);

  load = {.streams = 1'000,
          .rounds = 10,
          .resource = resource,
          .unix_path = "",
          .endpoints = kLargeEndpoints};
  ReportPush("goal 5: ", load, Measure(load, 7), kLargeGoal);

  load = {.streams = 1'000,
          .rounds = 30,
          .resource = resource,
          .unix_path = "/tmp/fairlead-bench-" + std::to_string(getpid()) + ".sock"};
  ReportPush("", load, Measure(load, 15), kNoGoal);
  unlink(load.unix_path.c_str());
}
