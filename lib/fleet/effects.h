// Effects: everything one Step wants from the world, in the order in which it must happen.
//
// Contract for the caller, in this order:
//   1. publish every view in `views` and `views_dropped`,
//   2. write `records` through the store; when that fails, do not carry out the acts of this
//      Effects but answer each with ActionFinished{kFailedPrecondition},
//   3. carry out `checks`, `processes`, `traffic`, `cuts` and `acts` (acts run concurrently, at
//   most one per container),
//   4. write `notes` to log and event list; answer commands,
//   5. call Step(Tick{}) no later than `wake_at`.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "fleet/ledger.h"
#include "fleet/view.h"
#include "spec/check.h"
#include "spec/names.h"

namespace fairlead::fleet {

// Keep checking this target every interval until EndChecks for its generation. A second
// BeginChecks for the same generation replaces the target.
struct BeginChecks {
  spec::CheckTarget target;
};
struct EndChecks {
  Generation generation;
};
// One extra check `after` from now, besides the regular ones.
struct CheckSoon {
  Generation generation;
  Duration after{};
};
using CheckOrder = std::variant<BeginChecks, EndChecks, CheckSoon>;

// One act on one container. Answer with ActionFinished within `deadline`, whatever happens.
struct Act {
  ActId id;
  ActKind kind = ActKind::kRestart;
  Generation generation;
  std::optional<Duration> stop_timeout;  // none = the container's own
  Duration call_deadline{};              // of the engine call: stop timeout + 16 s
};

// Count the callers that are still connected to a replica whose drain has begun, and report each
// count as TrafficObserved, until EndTrafficWatch. Optional: without reports a drain lasts its
// time.
struct BeginTrafficWatch {
  Generation generation;
  std::int64_t pid = 0;        // of the container's init
  std::string ip;              // where we check it, to tell our own connections apart
  std::uint16_t port = 0;      // its serving port
  std::uint16_t tls_port = 0;  // where it serves TLS, if that is another one
};
struct EndTrafficWatch {
  Generation generation;
};
using TrafficOrder = std::variant<BeginTrafficWatch, EndTrafficWatch>;

// Reset the connections of callers that wait in vain on a replica that answers nobody, and report
// what came of it as CallersCut, once. Never one of our own, nor one on which answers still come.
struct CutCallers {
  Generation generation;
  std::int64_t pid = 0;       // of the container's init
  std::string ip;             // where we check it, to tell our own connections apart
  std::uint16_t port = 0;     // its serving port
  Duration unanswered_for{};  // since the first check without an answer was asked
};

// Watch the container's init and report its end as ProcessExited at once, until EndProcessWatch for
// its generation. Optional: without reports a death is seen by the checks and the engine's events.
struct BeginProcessWatch {
  Generation generation;
  std::int64_t pid = 0;  // as the engine's inspect says; > 0
  bool operator==(const BeginProcessWatch&) const = default;
};
struct EndProcessWatch {
  Generation generation;
};
using ProcessOrder = std::variant<BeginProcessWatch, EndProcessWatch>;

using Record = std::variant<LedgerEntry, Intent, Pause, StoppedLife>;

enum class NoteKind {
  kPhaseChanged,  // the daemon's phase (state model)
  kBrakeChanged,  // "on", "trial" or "off" (brake.h)
  kReplicaSeen,
  kReplicaGone,
  kRotationChanged,  // in or out, with the reason code
  kReadinessChanged,
  kLivenessChanged,
  kPresenceChanged,
  kRepairChanged,  // held, draining, acting ... with the reason code
  kActPermitted,
  kActFinished,
  kViewPublished,
  kIntentChanged,
  kPauseChanged,  // "paused" or "resumed", of a scope
  kDiagnostic,
  kCommandAnswered,
  kCallersCut,     // "cut", "none" or "failed"
  kAccessRefused,  // of the operators' API: "refused(ROLE)", the role that the caller has
};

std::string_view NoteKindName(NoteKind kind);  // "rotation-changed" (spec/event_words.h)
std::optional<NoteKind> NoteKindFrom(
    std::string_view name);  // nothing for a word of another version

// A fact for people and journals. `code` is one of the stable codes of the state model.
struct Note {
  NoteKind kind = NoteKind::kReplicaSeen;
  ServiceName service;  // empty when it concerns the whole daemon
  std::string replica;  // empty when it concerns a whole service
  ContainerId container;
  std::string code;  // "out(not-serving)", "held(min-available)", "crash(137)" ...
  std::string text;  // one sentence for people: what, why, evidence
  // For the journal and those who read it by program; each may be empty.
  std::string actor;          // who had it done: "uid 0", "fairlead"
  std::string cause;          // why: "liveness: 5 x timeout in a row", a person's reason
  std::string outcome;        // how an act or a command ended: "succeeded", or what failed
  std::string evidence;       // the last checks of the replica, newest first (recent_checks.h)
  std::uint64_t command = 0;  // for kCommandAnswered
  Result<> answer;            // for kCommandAnswered: accepted and done, or why not
};

struct Effects {
  std::vector<ServiceViewPtr> views;       // changed views; publish BEFORE anything else
  std::vector<ServiceName> views_dropped;  // services that no longer exist
  std::vector<Record> records;
  std::vector<CheckOrder> checks;
  std::vector<ProcessOrder> processes;
  std::vector<TrafficOrder> traffic;
  std::vector<CutCallers> cuts;
  std::vector<ContainerId> looks;  // containers to be inspected though no event told of them
  std::vector<Act> acts;
  std::vector<Note> notes;
  std::vector<ServiceName> reports_changed;  // services whose Report() would read differently now
  std::optional<TimePoint> wake_at;
};

}  // namespace fairlead::fleet
