// FaultPlan: what will go wrong in a run, drawn from its seed before the run begins.
//
// Why: each seed has its own mixture. Most seeds lack most kinds of fault, so that those it has
// meet each other in every order instead of drowning in all the rest.
// Pure: a seed in, values out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sim/chance.h"

namespace fairlead::sim {

enum class FaultKind {
  // Processes. Each recovers when its process is started anew, unless it is incurable.
  kCrash,
  kOutOfMemory,
  kFinish,
  kHang,
  kRefuse,
  kNotServing,
  kMisconfigured,
  kFlap,
  kDenies,  // says NOT_SERVING under its liveness name, and serves
  kIncurable,
  // Many at once.
  kServiceOutage,     // all of one service hang for a while
  kDependencyOutage,  // all of one service say NOT_SERVING for a while
  kHostOutage,        // everything hangs for a while
  kHostDenial,        // everybody says NOT_SERVING under his liveness name
  kMassCrash,         // a third of all containers ends at once
  // People, through the engine's API and through us.
  kPersonStops,
  kPersonStarts,
  kPersonRestarts,
  kPersonPauses,
  kPersonRemoves,
  kRecreate,
  kCommand,
  kPauseRepairs,
  // The engine.
  kEngineCrash,     // live-restore: its containers live on
  kEngineShutdown,  // stops everything first
  kEngineFreezes,
  kStreamEnds,
  kStreamSilent,
  kStreamLags,
  // We.
  kDaemonKilled,
  kDaemonKilledActing,  // at a point of the next effects that write to the store
  kDaemonStandsStill,
  kDiskFull,
  kCanaryFails,  // our own health server does not answer us; at times nobody does
  kClockJumps,
  // Clients of discovery.
  kClientVanishes,
  kClientRefuses,
  kClientSlow,
};
std::string_view FaultName(FaultKind kind);

struct Fault {
  TimePoint at{};
  FaultKind kind = FaultKind::kCrash;
  Duration span{};         // how long it lasts, where it does
  std::uint64_t pick = 0;  // whom it hits; taken modulo what there is
};

// How often small things go wrong, in 10,000.
struct FaultRates {
  std::uint64_t event_lost = 0;
  std::uint64_t event_repeated = 0;
  std::uint64_t inspect_fails = 0;
  std::uint64_t list_fails = 0;
  std::uint64_t act_fails = 0;       // the engine answers 500 and does nothing
  std::uint64_t act_half_done = 0;   // stopped, and not started again
  std::uint64_t term_ignored = 0;    // of processes
  std::uint64_t check_lost = 0;      // a timeout out of nothing
  std::uint64_t exit_unwatched = 0;  // nobody can watch this process
};

struct FaultPlan {
  FaultRates rates;
  std::vector<Fault> faults;  // by time
};

// Faults begin within [from, until), and end by `until`.
FaultPlan DrawPlan(Chance& chance, TimePoint from, TimePoint until, int replicas);

}  // namespace fairlead::sim
