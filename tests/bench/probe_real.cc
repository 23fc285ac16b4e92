#include "bench/probe_real.h"

#include <arpa/inet.h>

#include <atomic>
#include <map>
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

constexpr int kFall = 3;  // health.fall as it is unless labelled otherwise

// A target that fails ends the program, until failures are forgiven: then they are counted.
class CountingSink final : public health::ProbeSink {
 public:
  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override {
    if (outcome.check_class != spec::CheckClass::kServing)
      OnFailure(generation, outcome);
    else if (is_forgiving_)
      in_a_row_.erase(generation.id.value);
    checks.fetch_add(1, std::memory_order_relaxed);
  }
  void OnConnectionClosed(const Generation&) override {
    if (!is_forgiving_) Die("a target closed its connection");
  }
  void OnSuspicion(const Generation&, const spec::SuspectNews& news) override {
    if (news.stage == spec::Suspect::kSilent) ++silent_;
  }

  void Forgive() { is_forgiving_ = true; }
  LoadRun Told(int seen) const {
    return {.checks = seen,
            .failed = failed_,
            .inconclusive = inconclusive_,
            .silent = silent_,
            .condemned = condemned_};
  }

  std::atomic<int> checks{0};

 private:
  void OnFailure(const Generation& generation, const spec::CheckOutcome& outcome) {
    // A loop that was late on a busy machine says so, and says nothing of the target.
    const bool is_fatal = !is_forgiving_ && !spec::IsInconclusive(outcome.check_class);
    if (is_fatal) {
      std::fprintf(stderr, "bench: %s\n", outcome.detail.c_str());
      Die("a healthy target failed a check");
    }
    ++failed_;
    if (spec::IsInconclusive(outcome.check_class)) {
      ++inconclusive_;
    } else if (++in_a_row_[generation.id.value] == kFall) {
      ++condemned_;
    }
  }

  std::atomic<bool> is_forgiving_{false};
  std::atomic<int> failed_{0};
  std::atomic<int> inconclusive_{0};
  std::atomic<int> silent_{0};
  std::atomic<int> condemned_{0};
  std::map<std::string, int> in_a_row_;  // the prober's thread alone
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
  target.network = "bench";  // one that stalls as a whole is nobody's fault
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
  struct Setup {
    std::chrono::milliseconds warm{0};  // so long after the first check of each
    std::chrono::milliseconds timeout{1s};
    bool is_forgiving = false;
  };
  RealProber(int count, const Rhythm& rhythm, const Setup& setup) : servers_(SpawnProbeTargets()) {
    if (setup.is_forgiving) sink_.Forgive();
    loop_.RunAndWait([&] { prober_ = health::MakeProber(loop_.loop(), BenchLimits(), sink_); });
    const double resident_before = ResidentKib();
    const double heap_before = HeapKib();
    for (int i = 0; i < count; ++i) {
      spec::CheckTarget target = TargetNumber(i, servers_.port, rhythm);
      target.health.timeout = setup.timeout;
      prober_->Begin(target);
    }
    while (sink_.checks.load() < count) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(setup.warm);
    kib_per_target_ = (ResidentKib() - resident_before) / count;
    heap_kib_per_target_ = (HeapKib() - heap_before) / count;
  }

  ~RealProber() {
    loop_.RunAndWait([&] { prober_.reset(); });
    StopProbeTargets(servers_);
  }

  CountingSink& sink() { return sink_; }
  int checks() const { return sink_.checks.load(); }
  double kib_per_target() const { return kib_per_target_; }
  double heap_kib_per_target() const { return heap_kib_per_target_; }

 private:
  const ProbeTargets servers_;
  CountingSink sink_;
  runtime::LoopThread loop_{"bench-prober"};
  std::unique_ptr<health::Prober> prober_;
  double kib_per_target_ = 0;
  double heap_kib_per_target_ = 0;
};

}  // namespace

ProbeRun RunProber(int count, std::chrono::milliseconds interval, std::chrono::milliseconds ping,
                   std::chrono::milliseconds length) {
  // Warm: one round.
  const RealProber prober(count, {.interval = interval, .ping = ping}, {.warm = interval});
  const int checks_before = prober.checks();
  const double sleeps = Sleeps();
  const double before = CpuSeconds();
  std::this_thread::sleep_for(length);
  const double cpu = CpuSeconds() - before;
  const int checks = prober.checks() - checks_before;
  return {.cpu_us_per_check = cpu * 1e6 / checks,
          .sleeps_per_check = (Sleeps() - sleeps) / checks,
          .checks = checks,
          .kib_per_target = prober.kib_per_target(),
          .heap_kib_per_target = prober.heap_kib_per_target()};
}

double RunIdleWatches(int count, std::chrono::milliseconds length) {
  const RealProber prober(count, {.interval = 1h, .ping = 0ms}, {.warm = 200ms});
  const double before = CpuSeconds();
  std::this_thread::sleep_for(length);
  const double cpu = CpuSeconds() - before;
  return cpu * 1e6 / count / std::chrono::duration<double>(length).count();
}

LoadRun RunUnderLoad(int count, std::chrono::milliseconds interval, int checks) {
  RealProber prober(count, {.interval = interval, .ping = 200ms},
                    {.timeout = interval, .is_forgiving = true});
  const int before = prober.checks();
  while (prober.checks() - before < checks) std::this_thread::sleep_for(10ms);
  return prober.sink().Told(prober.checks() - before);
}

}  // namespace fairlead::bench
