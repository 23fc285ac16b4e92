#include "bench/probe_real.h"

#include <arpa/inet.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "bench/measure.h"
#include "bench/probe_targets.h"
#include "bench/sockets.h"
#include "health/prober.h"
#include "runtime/loop_thread.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;

class CountingSink final : public health::ProbeSink {
 public:
  void OnProbe(const Generation&, const spec::CheckOutcome& outcome) override {
    if (outcome.check_class != spec::CheckClass::kServing) {
      std::fprintf(stderr, "bench: %s\n", outcome.detail.c_str());
      Die("a healthy target failed a check");
    }
    checks.fetch_add(1, std::memory_order_relaxed);
  }
  void OnConnectionClosed(const Generation&) override { Die("a target closed its connection"); }

  std::atomic<int> checks{0};
};

// How often a target is asked, and its transport.
struct Rhythm {
  std::chrono::milliseconds interval;
  std::chrono::milliseconds ping;
};

spec::CheckTarget TargetNumber(int index, std::uint16_t port, const Rhythm& rhythm) {
  spec::CheckTarget target;
  target.generation = {ContainerId("container " + std::to_string(index)), "once"};
  const in_addr address{.s_addr = htonl(TargetIp(index))};
  char text[INET_ADDRSTRLEN];
  target.ip = inet_ntop(AF_INET, &address, text, sizeof text);
  target.port = port;
  target.health.interval = rhythm.interval;
  target.health.ping = rhythm.ping;
  target.health.timeout = 1s;
  return target;
}

health::ProberLimits BenchLimits() {
  health::ProberLimits limits;
  limits.first_check_gap = 200us;  // only so that the measurement begins soon
  return limits;
}

class RealProber {
 public:
  RealProber(int count, const Rhythm& rhythm) : servers_(SpawnProbeTargets()) {
    loop_.RunAndWait([&] { prober_ = health::MakeProber(loop_.loop(), BenchLimits(), sink_); });
    const double resident_before = ResidentKib();
    for (int i = 0; i < count; ++i) prober_->Begin(TargetNumber(i, servers_.port, rhythm));
    while (sink_.checks.load() < count) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(rhythm.interval);  // warm: one round
    kib_per_target_ = (ResidentKib() - resident_before) / count;
  }

  ~RealProber() {
    loop_.RunAndWait([&] { prober_.reset(); });
    StopProbeTargets(servers_);
  }

  int checks() const { return sink_.checks.load(); }
  double kib_per_target() const { return kib_per_target_; }

 private:
  const ProbeTargets servers_;
  CountingSink sink_;
  runtime::LoopThread loop_{"bench-prober"};
  std::unique_ptr<health::Prober> prober_;
  double kib_per_target_ = 0;
};

}  // namespace

ProbeRun RunProber(int count, std::chrono::milliseconds interval, std::chrono::milliseconds ping,
                   std::chrono::milliseconds length) {
  RealProber prober(count, {.interval = interval, .ping = ping});
  const int checks_before = prober.checks();
  const double sleeps = Sleeps();
  const double before = CpuSeconds();
  std::this_thread::sleep_for(length);
  const double cpu = CpuSeconds() - before;
  const int checks = prober.checks() - checks_before;
  return {.cpu_us_per_check = cpu * 1e6 / checks,
          .sleeps_per_check = (Sleeps() - sleeps) / checks,
          .checks = checks,
          .kib_per_target = prober.kib_per_target()};
}

}  // namespace fairlead::bench
