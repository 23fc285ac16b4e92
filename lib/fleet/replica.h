// Replica: one container's place in a service, with its facets (state model). Each facet changes by
// its own rule; rotation is derived from them (rotation.h) and never stored.
//
// Threads: none; owned by the core. Plain values: the rules live beside it, one file each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/departure.h"
#include "fleet/flap_hold.h"
#include "fleet/health_tracker.h"
#include "fleet/ledger.h"
#include "fleet/recent_checks.h"
#include "spec/check.h"
#include "spec/container_facts.h"
#include "spec/service_spec.h"

namespace fairlead::fleet {

enum class Presence { kCreated, kRunning, kStopping, kPaused, kEngineRestarting, kExited };
std::string_view PresenceName(Presence presence);  // "engine-restarting"

// What the core wants done about a replica, and why; it becomes an act when nothing holds it.
struct Wish {
  ActKind kind = ActKind::kRestart;
  std::string cause;  // "liveness: 5 x timeout in a row"
  TimePoint since{};
};

enum class ActStage { kDraining, kActing, kVerifying };

// What ended the wait between leaving the list and the act; people are told (drain.cc).
enum class DrainEnd {
  kOpen,          // still waiting
  kNotRunning,    // nobody can be in the middle of anything
  kNoMember,      // not routable: no caller was ever told about it
  kWasOut,        // out and adopted, with nothing to wait for
  kNoCallers,     // adopted, and no client connection is left
  kTimeNotTaken,  // drain.timeout passed before every client had taken the list without it
  kTime,          // drain.timeout passed with callers connected, or not counted
};

// The one act under way on a container, from its ledger entry to its end.
struct CurrentAct {
  LedgerEntry entry;
  ActStage stage = ActStage::kDraining;
  Presence permitted_in = Presence::kRunning;  // what it was when the act was permitted
  TimePoint stage_ends{};                      // drain timeout, act deadline, end of patience
  bool is_quiet = false;                       // none was connected after adoption
  std::optional<int> callers;            // connected by the latest count; none = nobody counted
  bool is_counting = false;              // a traffic watch is ordered for it
  DrainEnd drain_end = DrainEnd::kOpen;  // what ended its drain; final when it acts
  bool leaves_stopped = false;           // evict: nothing to verify, the intent is recorded
  std::optional<std::uint64_t> command;  // whom to answer
  std::optional<Result<>> outcome;       // what the engine said, until it is settled
};

// Why a wish is not acted upon now.
struct Hold {
  std::string code;                // "min-available"; empty = nothing holds it
  std::optional<TimePoint> until;  // when to look again, where the reason names a time
  bool operator==(const Hold&) const = default;
};

// What may hold a wish, in the order in which it is weighed: the first that does is the Hold.
enum class HoldReason {
  kNotManaged,
  kEngineAway,
  kViewStale,
  kOverslept,
  kOperatorStopped,
  kEngineRestartPolicy,
  kSuperseded,
  kObserve,
  kRepairsPaused,
  kCascadeBusy,
  kNamespaceShared,
  kBrake,
  kBackingOff,
  kBudget,
  kMinAvailable,
};
inline constexpr std::array kHoldReasons = {
    HoldReason::kNotManaged,  HoldReason::kEngineAway,      HoldReason::kViewStale,
    HoldReason::kOverslept,   HoldReason::kOperatorStopped, HoldReason::kEngineRestartPolicy,
    HoldReason::kSuperseded,  HoldReason::kObserve,         HoldReason::kRepairsPaused,
    HoldReason::kCascadeBusy, HoldReason::kNamespaceShared, HoldReason::kBrake,
    HoldReason::kBackingOff,  HoldReason::kBudget,          HoldReason::kMinAvailable};
// The code of its Hold: "min-available"; of kBudget "gave-up".
std::string_view HoldReasonName(HoldReason reason);

// What people were last told; notes are made of the differences.
struct ShownReplica {
  std::string presence, readiness, liveness, intent, repair, rotation;
  bool operator==(const ShownReplica&) const = default;
};

// An act of ours that is to end a life.
struct EndingAct {
  Generation generation;
  OurAct act;
  TimePoint began{};
  TimePoint until = TimePoint::max();  // an end after this is somebody else's
};

struct Replica {
  ContainerFacts facts;
  spec::ServiceSpec spec;
  std::string place;  // "user-service.shop/2": budgets and intents follow it
  std::string name;   // place, with "~" for the newer of two

  HealthTracker health;
  RecentChecks recent_checks;               // of this generation
  FlapHold flap_hold;                       // of this generation
  std::optional<spec::CheckTarget> target;  // the check order in force
  TimePoint first_verdict_due{};
  std::optional<Generation> watched_process;  // whose init is watched (pidfd)
  std::optional<TimePoint> process_gone_at;   // by the kernel's word
  std::optional<TimePoint> gone_until;      // gone by the engine's event alone: no longer than this
  TimePoint life_seen_at{};                 // when this generation was first seen
  int restarts_at_begin = 0;                // the engine's own count, when this generation began
  bool is_start_unwatched = false;          // it began while nobody watched the engine
  bool is_unconfirmed = false;              // no look at it since the engine was away
  std::optional<TimePoint> stopping_until;  // a stop signal that was not ours
  // When its end is overdue, and may have been missed.
  std::optional<TimePoint> stop_look_at;
  std::optional<ForeignAct> foreign;  // the newest, this generation
  std::optional<TimePoint> ended_at;  // of the last life, as inspect says
  std::optional<Death> death;
  Departure departure;
  Departure departure_told;             // people know of it
  std::string departure_evidence;       // what `departure` rests on, for people
  std::optional<TimePoint> ours_until;  // foreign-looking events until then are ours
  std::optional<EndingAct> ending_act;  // the newest
  bool has_been_ready = false;          // in this life or an earlier one
  bool wants_rise_next = false;         // the next generation is the fruit of our act
  bool is_repaired_life = false;        // this generation is
  // The engine's stamp of its start was not to be compared when it was looked at: its clock was set
  // in this life. When the clock has come past the stamp, that makes no order of it.
  bool is_start_doubtful = false;
  std::optional<TimePoint> ready_since;

  std::optional<Wish> wish;
  std::optional<CurrentAct> act;
  Hold hold;
  bool has_given_up = false;
  bool is_asked_at_once = false;  // the next check order comes with an extra check
  std::string last_cause;

  std::optional<std::uint64_t>
      absent_since;              // first revision of the views without it; none = in view
  TimePoint absent_at{};         // when that was pushed
  bool are_callers_cut = false;  // ordered, for as long as it is silent
  ShownReplica shown;
  TimePoint rotation_since{};

  Generation generation() const { return facts.generation(); }
  Presence presence() const;
  // By the kernel's word, or for a moment by the engine's event. For routing: inspect decides about
  // repair.
  bool is_process_gone() const { return process_gone_at || gone_until; }
  // Runs as far as anybody knows: checks and verdicts make sense.
  bool is_running() const;
  // The engine has it running, paused, or between two lives: there is something to stop.
  bool is_up() const;
};

// From TERM to KILL: its label, else the container's own.
Duration StopTimeoutOf(const Replica& replica);

}  // namespace fairlead::fleet
