// What a push costs and how long it takes, and what a first state costs: the discovery server
// beside its floor and beside a textbook server. Goals 1, 2, 3, 5 and 8.
//
//   push_bench [N]   with one Nth of the streams: a look whether it works, no figures
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/clean_host.h"
#include "bench/measure.h"
#include "bench/push_floor.h"
#include "bench/push_server.h"
#include "bench/textbook_server.h"

namespace fairlead::bench {
namespace {

constexpr double kCpuGoal = 1.25;       // 1
constexpr double kTimeGoal = 1.2;       // 2
constexpr double kMemoryGoalKib = 16;   // 3: an HTTP/2 session of nghttp2 alone has 13.6
constexpr double kMemoryGoal = 0.5;     // 3: of the textbook's
constexpr double kLargeGoal = 1.2;      // 5
constexpr double kStormGoal = 1.5;      // 8
constexpr double kStormGoalUs = 35;     // 8
constexpr int kLargeEndpoints = 1'116;  // 28.7 KB

struct Pairs {
  Series cpu;
  Series to_last;
  Series first;
  double rss_kib_per_stream = 0;  // of the first run
};

// The kinds of server in turn.
struct Both {
  Pairs real;
  Pairs floor;
  Pairs textbook;
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
    Note(RunTextbookServer(load), both.textbook);
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
  ReportBeside("textbook", both.real.cpu, both.textbook.cpu);
}

void ReportTime(const PushLoad& load, const Both& both) {
  Report("goal 2: from a change to the last acknowledgement of " + Streams(load), both.real.to_last,
         both.floor.to_last, kTimeGoal);
  ReportBeside("textbook", both.real.to_last, both.textbook.to_last);
}

void ReportMemory(const Both& both) {
  const double kib = both.real.rss_kib_per_stream;
  std::printf("goal 3: %.1f KiB resident per idle stream, the first time   goal <= %.0f: %s\n", kib,
              kMemoryGoalKib, kib <= kMemoryGoalKib ? "met" : "NOT met");
  const double textbook = both.textbook.rss_kib_per_stream;
  std::printf("  textbook  %.1f KiB   fairlead takes %.2f of it, goal <= %.2f: %s\n", textbook,
              kib / textbook, kMemoryGoal, kib / textbook <= kMemoryGoal ? "met" : "NOT met");
}

void ReportStorm(const PushLoad& load, const Both& both) {
  Report("goal 8: CPU per connection with its first state, " + Streams(load) + " at once",
         both.real.first, both.floor.first, kStormGoal);
  ReportBeside("textbook", both.real.first, both.textbook.first);
  const double us = both.real.first.Median();
  std::printf("  %.1f us each   goal <= %.0f: %s\n", us, kStormGoalUs,
              us <= kStormGoalUs ? "met" : "NOT met");
}

// Of 1, all streams.
int Part(int argc, char** argv) {
  return argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
}

}  // namespace
}  // namespace fairlead::bench

int main(int argc, char** argv) {
  using namespace fairlead::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  EnterCleanNetwork();
  AllowManyFiles();
  const std::string resource = PushedResource();
  const int part = Part(argc, argv);

  PushLoad load{.streams = 1'000 / part, .rounds = 30, .resource = resource, .unix_path = ""};
  Both both = Measure(load, 15);
  ReportPush("goal 1: ", load, both, kCpuGoal);
  ReportTime(load, both);
  ReportMemory(both);

  load.streams = 8'000 / part;
  load.rounds = 10;
  ReportPush("goal 1: ", load, Measure(load, 5), kCpuGoal);

  load.streams = std::max(1, 100 / part);
  load.rounds = 100;
  ReportTime(load, Measure(load, 15));

  load.streams = 10'000 / part;
  load.rounds = 10;
  both = Measure(load, 5);
  ReportTime(load, both);
  ReportStorm(load, both);

  load = {.streams = 1'000 / part,
          .rounds = 10,
          .resource = resource,
          .unix_path = "",
          .endpoints = kLargeEndpoints};
  ReportPush("goal 5: ", load, Measure(load, 7), kLargeGoal);

  load = {.streams = 1'000 / part,
          .rounds = 30,
          .resource = resource,
          .unix_path = "/tmp/fairlead-bench-" + std::to_string(getpid()) + ".sock"};
  ReportPush("", load, Measure(load, 15), kNoGoal);
  unlink(load.unix_path.c_str());
}
