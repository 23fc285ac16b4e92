// Private memory (RssAnon) of fairleadd: idle without a service, and with 500 services and 1,000
// streams.
//
// Children of this process are the engine (the fake one, with a container for each service), a
// server that says SERVING at every container's address, and the streams, two of each service. The
// daemon is the one that ships, started as people start it. What is looked at is the memory that
// nobody else has; the pages of its program are shared with whoever runs it too.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/clean_host.h"
#include "bench/discovery_peers.h"
#include "bench/probe_targets.h"
#include "bench/ready_child.h"
#include "bench/sockets.h"
#include "support/fake_engine.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int kServices = 500;
constexpr int kStreamsPerService = 2;
constexpr double kIdleGoalMib = 8;
constexpr double kLoadedGoalMib = 40;
constexpr auto kPatience = 60s;
constexpr auto kSettled = 100s;  // a hundred answers of each target, of which so many are kept

std::string NameOf(int service) {
  return "service-" + std::to_string(service);
}

std::string DottedIp(int service) {
  const std::uint32_t ip = TargetIp(service + 1);
  return std::to_string(ip >> 24U) + "." + std::to_string((ip >> 16U) & 255U) + "." +
         std::to_string((ip >> 8U) & 255U) + "." + std::to_string(ip & 255U);
}

// Containers with the default checks, each at an address of its own.
pid_t SpawnEngine(const std::string& path, int services, std::uint16_t port) {
  return SpawnReady([&](auto tell_ready) {
    boost::asio::io_context context;
    test::FakeEngine engine(context, path);
    for (int i = 0; i < services; ++i) {
      const std::string id = engine.Add(NameOf(i), {{"fairlead.enable", "true"},
                                                    {"fairlead.port", std::to_string(port)},
                                                    {"com.docker.compose.project", "shop"},
                                                    {"com.docker.compose.service", NameOf(i)},
                                                    {"com.docker.compose.container-number", "1"},
                                                    {"com.docker.compose.oneoff", "False"},
                                                    {"com.docker.compose.config-hash", "abc"}});
      engine.host().Start(id);
      engine.host().At(id).networks.front().ipv4 = DottedIp(i);
      // A process that lives as long as the engine does.
      engine.host().At(id).pid = getpid();
    }
    engine.delays() = test::kRealisticDelays;
    tell_ready();
    context.run();
  });
}

// Streams until each has had a list with an endpoint; they stay.
pid_t SpawnStreams(const std::string& path) {
  return SpawnReady([&](auto tell_ready) {
    std::vector<std::unique_ptr<DiscoveryPeers>> all;
    int missing = kServices * kStreamsPerService;
    for (int i = 0; i < kServices; ++i) {
      auto seen = std::make_shared<std::vector<bool>>(kStreamsPerService, false);
      all.push_back(std::make_unique<DiscoveryPeers>(
          ServerPlace{.unix_path = path}, kStreamsPerService, NameOf(i) + ".shop",
          [&missing, seen, mark = ProtoField(2, DottedIp(i))](std::size_t stream,
                                                              std::string_view list) {
            if ((*seen)[stream] || list.find(mark) == std::string_view::npos) return;
            (*seen)[stream] = true;
            --missing;
          }));
    }
    for (bool is_told = false;;) {
      for (const auto& peers : all) {
        if (!peers->Turn(0)) Die("fairleadd closed a stream");
      }
      if (missing == 0 && !std::exchange(is_told, true)) tell_ready();
      std::this_thread::sleep_for(10ms);
    }
  });
}

pid_t SpawnDaemon(const fs::path& folder) {
  std::ofstream(folder / "config.json")
      << R"({"engine": {"endpoint": "unix://)" << (folder / "engine.sock").string()
      << R"("}, "state_dir": ")" << (folder / "state").string()
      << R"(", "discovery": {"listen": ["unix://)" << (folder / "xds.sock").string()
      << R"(", "127.0.0.1:18000"]}, "admin": {"listen": ["unix://)"
      << (folder / "admin.sock").string() << R"("]}, "http": {"listen": ["127.0.0.1:18080"]}})"
      << '\n';
  const pid_t child = fork();
  if (child < 0) Die("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::freopen((folder / "log").c_str(), "w", stderr) == nullptr) Die("open the log");
    execl(FAIRLEAD_DAEMON, FAIRLEAD_DAEMON, "--config", (folder / "config.json").c_str(), nullptr);
    Die("start " FAIRLEAD_DAEMON);
  }
  const auto until = steady_clock::now() + kPatience;
  while (!fs::exists(folder / "xds.sock")) {
    if (steady_clock::now() > until) Die("fairleadd does not listen");
    std::this_thread::sleep_for(10ms);
  }
  return child;
}

double PrivateMib(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib / 1024;
  }
  Die("read fairleadd's RssAnon: it has ended");
}

void End(pid_t process) {
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
}

// What it has after a while, and the most that it had on the way.
void Measure(const char* what, int services, const ProbeTargets& targets, double goal_mib) {
  std::string folder = (fs::temp_directory_path() / "fairlead-memory-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die("make a folder");
  const pid_t engine = SpawnEngine(folder + "/engine.sock", services, targets.port);
  const pid_t daemon = SpawnDaemon(folder);
  const pid_t streams = services > 0 ? SpawnStreams(folder + "/xds.sock") : -1;
  double most = 0;
  double last = 0;
  for (const auto until = steady_clock::now() + kSettled; steady_clock::now() < until;) {
    last = PrivateMib(daemon);
    most = std::max(most, last);
    std::this_thread::sleep_for(100ms);
  }
  std::printf("%s\n  %.1f MiB, at most %.1f   aim <= %.0f: %s\n", what, last, most, goal_mib,
              most <= goal_mib ? "met" : "NOT met");
  std::fflush(stdout);
  if (streams > 0) End(streams);
  End(daemon);
  End(engine);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  using namespace fairlead::bench;
  EnterCleanNetwork();
  AllowManyFiles();
  const ProbeTargets targets = SpawnProbeTargets();
  std::printf("private memory (RssAnon) of fairleadd\n");
  Measure("idle, no service", 0, targets, kIdleGoalMib);
  Measure("500 services, each checked every second, 1,000 streams", kServices, targets,
          kLoadedGoalMib);
  StopProbeTargets(targets);
  return 0;
}
