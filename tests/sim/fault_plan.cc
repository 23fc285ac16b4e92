#include "sim/fault_plan.h"

#include <algorithm>
#include <array>

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

struct Kind {
  FaultKind kind;
  std::string_view name;
  int per_hour;  // at most, for fifty replicas; 0 is never drawn
  Duration least{};
  Duration most{};
};

constexpr std::array kKinds = {
    Kind{FaultKind::kCrash, "crash", 60},
    Kind{FaultKind::kOutOfMemory, "out-of-memory", 20},
    Kind{FaultKind::kFinish, "finish", 10},
    Kind{FaultKind::kHang, "hang", 60, 1s, 5min},
    Kind{FaultKind::kRefuse, "refuse", 30, 1s, 2min},
    Kind{FaultKind::kNotServing, "not-serving", 40, 100ms, 3min},
    Kind{FaultKind::kMisconfigured, "misconfigured", 10, 1s, 5min},
    Kind{FaultKind::kFlap, "flap", 20, 30s, 5min},
    Kind{FaultKind::kDenies, "denies", 40, 1s, 5min},
    Kind{FaultKind::kIncurable, "incurable", 6, 1min, 15min},
    Kind{FaultKind::kServiceOutage, "service-outage", 6, 1s, 2min},
    Kind{FaultKind::kDependencyOutage, "dependency-outage", 6, 1s, 2min},
    Kind{FaultKind::kHostOutage, "host-outage", 3, 1s, 1min},
    Kind{FaultKind::kHostDenial, "host-denial", 3, 1s, 2min},
    Kind{FaultKind::kMassCrash, "mass-crash", 3},
    Kind{FaultKind::kPersonStops, "person-stops", 40},
    Kind{FaultKind::kPersonStarts, "person-starts", 60},
    Kind{FaultKind::kPersonRestarts, "person-restarts", 20},
    Kind{FaultKind::kPersonPauses, "person-pauses", 10, 1s, 2min},
    Kind{FaultKind::kPersonRemoves, "person-removes", 4},
    Kind{FaultKind::kRecreate, "recreate", 20},
    Kind{FaultKind::kCommand, "command", 40},
    Kind{FaultKind::kEngineCrash, "engine-crash", 8, 10ms, 90s},
    Kind{FaultKind::kEngineShutdown, "engine-shutdown", 4, 500ms, 60s},
    Kind{FaultKind::kEngineFreezes, "engine-freezes", 8, 100ms, 60s},
    Kind{FaultKind::kStreamEnds, "stream-ends", 20},
    Kind{FaultKind::kStreamSilent, "stream-silent", 6, 1s, 2min},
    Kind{FaultKind::kStreamLags, "stream-lags", 10, 10ms, 1500ms},
    Kind{FaultKind::kDaemonKilled, "daemon-killed", 12, 200ms, 60s},
    Kind{FaultKind::kDaemonKilledActing, "daemon-killed-acting", 20, 200ms, 10s},
    Kind{FaultKind::kDaemonStandsStill, "daemon-stands-still", 12, 50ms, 40s},
    Kind{FaultKind::kDiskFull, "disk-full", 4, 1s, 2min},
    // Longer, too, than the brake lasts before it tries.
    Kind{FaultKind::kCanaryFails, "canary-fails", 4, 1s, 15min},
    Kind{FaultKind::kClockJumps, "clock-jumps", 6, 100ms, 2h},
    Kind{FaultKind::kClientVanishes, "client-vanishes", 20, 100ms, 5min},
    Kind{FaultKind::kClientRefuses, "client-refuses", 10, 1s, 1min},
    Kind{FaultKind::kClientSlow, "client-slow", 20, 1s, 1min},
    Kind{FaultKind::kPauseRepairs, "pause-repairs", 12, 1s, 15min},
};

// In 10,000, or never in half of all seeds.
std::uint64_t Rate(Chance& chance, std::uint64_t most) {
  return chance.Percent(50) ? 0 : 1 + chance.Below(most);
}

}  // namespace

std::string_view FaultName(FaultKind kind) {
  for (const Kind& known : kKinds) {
    if (known.kind == kind) return known.name;
  }
  return "";
}

FaultPlan DrawPlan(Chance& chance, TimePoint from, TimePoint until, int replicas) {
  FaultPlan plan;
  plan.rates = {.event_lost = Rate(chance, 200),
                .event_repeated = Rate(chance, 500),
                .inspect_fails = Rate(chance, 500),
                .list_fails = Rate(chance, 500),
                .act_fails = Rate(chance, 2'000),
                .act_half_done = Rate(chance, 1'000),
                .term_ignored = Rate(chance, 2'000),
                // Five in a row by chance alone: once in 10^10 checks.
                .check_lost = Rate(chance, 100),
                .exit_unwatched = Rate(chance, 5'000)};
  const double hours = std::chrono::duration<double, std::ratio<3600>>(until - from).count();
  for (const Kind& kind : kKinds) {
    if (chance.Percent(60)) continue;
    const double most = kind.per_hour * hours * std::max(1.0, replicas / 50.0);
    const auto count = 1 + chance.Below(static_cast<std::uint64_t>(std::max(1.0, most)));
    for (std::uint64_t i = 0; i < count; ++i) {
      const Duration span = chance.Between(kind.least, kind.most);
      const TimePoint at = from + chance.Between(0ns, until - from);
      plan.faults.push_back({.at = at,
                             .kind = kind.kind,
                             .span = kind.kind == FaultKind::kClockJumps
                                         ? span
                                         : std::min<Duration>(span, until - at),
                             .pick = chance.Below(1'000'000)});
    }
  }
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& left, const Fault& right) { return left.at < right.at; });
  return plan;
}

}  // namespace fairlead::sim
