// CPU per delivered push and its acknowledgement: the discovery server beside its floor.
#include <cstdio>
#include <string>

#include "bench/clean_host.h"
#include "bench/measure.h"
#include "bench/push_floor.h"
#include "bench/push_server.h"

namespace fairlead::bench {
namespace {

constexpr int kStreams = 1'000;
constexpr int kRounds = 30;
constexpr int kPairs = 15;
constexpr double kGoal = 1.25;

void Measure(const std::string& transport, const std::string& unix_path, double goal) {
  const PushLoad load{
      .streams = kStreams, .rounds = kRounds, .resource = PushedResource(), .unix_path = unix_path};
  const std::size_t response_bytes = PushedResponseBytes();
  Series floor;
  Series real;
  double rss_kib_per_stream = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const PushRun real_run = RunPushServer(load);
    if (pair == 0) rss_kib_per_stream = real_run.rss_kib_per_stream;
    real.values.push_back(real_run.cpu_us_per_push);
    floor.values.push_back(RunPushFloor(load, response_bytes).cpu_us_per_push);
  }
  Report("CPU per delivered push of " + std::to_string(response_bytes) +
             " bytes and its acknowledgement, " + std::to_string(kStreams) + " streams over " +
             transport,
         real, floor, goal);
  std::printf("  memory    %.1f KiB resident per idle stream, the first time\n",
              rss_kib_per_stream);
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace fairlead::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  EnterCleanNetwork();
  AllowManyFiles();
  Measure("TCP", "", kGoal);
  const std::string path = "/tmp/fairlead-bench-" + std::to_string(getpid()) + ".sock";
  Measure("a unix socket", path, kNoGoal);
  unlink(path.c_str());
}
