// A million checks of healthy servers on a machine that has hardly any time left: what they were
// called. A figure, no verdict; CPU of others makes it worse than it says.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "bench/clean_host.h"
#include "bench/probe_real.h"
#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kTargets = 500;
constexpr auto kInterval = 100ms;
constexpr int kChecks = 1'000'000;

// Computes for nine tenths of each 20 ms, for as long as its parent lives.
[[noreturn]] void Burn() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (true) {
    const Clock::time_point begun = Clock::now();
    while (Clock::now() - begun < 18ms) {
    }
    std::this_thread::sleep_until(begun + 20ms);
  }
}

// One process for each core that this one may use.
class Burners {
 public:
  Burners() {
    for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
      const pid_t made = fork();
      if (made < 0) Die("fork");
      if (made == 0) Burn();
      processes_.push_back(made);
    }
  }
  ~Burners() {
    for (const pid_t process : processes_) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> processes_;
};

void Measure(int checks) {
  const Burners burners;
  const Clock::time_point begun = Clock::now();
  const LoadRun run = RunUnderLoad(kTargets, kInterval, checks);
  const std::chrono::duration<double> took = Clock::now() - begun;
  std::printf(
      "checks of healthy servers, %d each 100 ms with a timeout of as much, 90 %% of every core "
      "taken\n",
      kTargets);
  std::printf("  checks    %d in %.0f s\n", run.checks, took.count());
  std::printf("  failed    %d, of which %d blamed on nobody\n", run.failed, run.inconclusive);
  std::printf("  silent    %d, told by suspicion\n", run.silent);
  std::printf("  condemned %d, three failures in a row       goal 0: %s\n", run.condemned,
              run.condemned == 0 ? "met" : "NOT met");
}

}  // namespace
}  // namespace fairlead::bench

// probe_load_bench [CHECKS]
int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fairlead::bench::EnterCleanNetwork();
  fairlead::bench::AllowManyFiles();
  fairlead::bench::Measure(argc > 1 ? std::atoi(argv[1]) : fairlead::bench::kChecks);
}
