// What a push costs when what it does not concern grows: other services, names that the same stream
// subscribed to, endpoints of other services. Goal 4.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "bench/clean_host.h"
#include "bench/discovery_peers.h"
#include "bench/discovery_under_test.h"
#include "bench/measure.h"

namespace fairlead::bench {
namespace {

constexpr int kGrowthStreams = 200;
constexpr int kGrowthRounds = 50;
constexpr int kGrowthPairs = 9;
constexpr double kGrowthGoal = 1.05;

struct Surroundings {
  int other_services = 0;
  int other_endpoints = 10;  // of each
  int names = 1;             // that each stream subscribes to, the changing service's among them
  Variant variant = Variant::kSotw;
};

ServiceName Service(int number) {
  return {.project = "bench", .service = "s" + std::to_string(number)};
}

// CPU of the server per push of service 0 and its acknowledgement.
double Measure(const Surroundings& around) {
  pid_t child = 0;
  double us = 0;
  {
    DiscoveryUnderTest server;
    for (int i = 1; i <= around.other_services; ++i) {
      server.Publish(BenchView(Service(i), 1, around.other_endpoints));
    }
    std::uint64_t revision = 1;
    server.Publish(BenchView(Service(0), revision, 10));
    child = fork();
    if (child < 0) Die("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const auto names_of = [&](std::size_t) {
        std::vector<std::string> names;
        for (int i = 0; i < around.names; ++i) names.push_back(Service(i).Text());
        return names;
      };
      DiscoveryPeers peers(server.place(), kGrowthStreams, names_of, nullptr, around.variant);
      while (peers.Turn(-1)) {
      }
      std::_Exit(0);
    }
    server.UntilAnswered(kGrowthStreams);
    const auto round = [&] {
      server.Publish(BenchView(Service(0), ++revision, 10));
      server.UntilAdopted(Service(0), revision);
    };
    round();  // warm
    const double before = CpuSeconds();
    for (int i = 0; i < kGrowthRounds; ++i) round();
    us = (CpuSeconds() - before) * 1e6 / kGrowthRounds / kGrowthStreams;
  }
  waitpid(child, nullptr, 0);
  return us;
}

void Compare(const std::string& what, const Surroundings& small, const Surroundings& large) {
  Series before;
  Series after;
  for (int pair = 0; pair < kGrowthPairs; ++pair) {
    before.values.push_back(Measure(small));
    after.values.push_back(Measure(large));
  }
  // The small one is the floor here.
  Report("goal 4: CPU per push and acknowledgement, " + what, after, before, kGrowthGoal);
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace fairlead::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  EnterCleanNetwork();
  AllowManyFiles();
  Compare("1 to 5,000 other services", {.other_services = 1}, {.other_services = 5'000});
  Compare("1 to 1,000 names on each stream, by increments",
          {.other_services = 1'000, .variant = Variant::kDelta},
          {.other_services = 1'000, .names = 1'000, .variant = Variant::kDelta});
  Compare("1 to 1,000 names on each stream and in each acknowledgement, state of the world",
          {.other_services = 1'000}, {.other_services = 1'000, .names = 1'000});
  Compare("10 to 1,000 endpoints in each of 100 other services", {.other_services = 100},
          {.other_services = 100, .other_endpoints = 1'000});
}
