// Departure: why a container is not running any more, and whose doing that was.
//
// Why: what a person stopped is respected, what crashed may be started again, and the engine's
// events alone do not tell which it was (state model, "Whose act"). Each answer comes with the
// evidence that it rests on, so that a person can check it. Pure values; nothing here remembers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "fleet/ledger.h"
#include "spec/container_facts.h"

namespace fairlead::fleet {

// An act on the container that came through the engine's API and was not ours.
struct ForeignAct {
  TimePoint at{};                    // when it was told
  TimePoint done_at{};               // what the engine's history tells is older
  std::string verb;                  // the engine's action word
  std::string signal;                // of "kill"
  bool is_shutdown_suspect = false;  // the engine's stream ended so soon after that it may have
                                     // been the engine's own
  std::int64_t engine_ns = 0;        // when, by the engine's clock; 0: not to be compared
};

// An act of ours that the ledger has on the life that ended.
struct OurAct {
  ActId id;
  ActKind kind = ActKind::kRestart;
};

// One of an earlier life of the daemon.
struct EarlierAct {
  OurAct act;
  TimePoint permitted_at{};
  std::optional<TimePoint> finished_at;  // none: the daemon ended before it did
};

// Whether an engine that ended may have ended the container, too.
enum class ShutdownVerdict {
  kNone,       // no engine ended around it, or the engine that came back cleared itself
  kSuspected,  // the engine is away; it is decided when it is back
  kCertain,    // the engine that came back is another one
};

// A death as inspect shows it, with what was known when it was seen.
struct Death {
  TimePoint at{};  // when it was seen
  int exit_code = 0;
  bool is_oom = false;
  std::optional<OurAct> ours = std::nullopt;
  bool is_known_stop = false;  // an earlier life of the daemon saw that somebody stopped it
  bool was_watched = true;     // false: the event stream was not open when it happened
  ShutdownVerdict shutdown = ShutdownVerdict::kNone;
  // The container that a Compose recreate has put into its place; empty for none.
  std::string replaced_by = {};
  std::optional<ForeignAct> foreign = std::nullopt;
  // When it happened, by the kernel's word; an engine that hangs shows it much later.
  std::optional<TimePoint> ended_at = std::nullopt;
  TimePoint End() const { return ended_at.value_or(at); }
};

enum class DepartureKind {
  kNone,     // it runs, or never ran
  kPending,  // too early to say
  kOurs,
  kOperator,
  kEngineShutdown,
  kRecreate,
  kOom,
  kCrash,
  kFinished,
  kUnseen,
};

struct Departure {
  DepartureKind kind = DepartureKind::kNone;
  int exit_code = 0;

  // "crash(137)", "operator", "oom" ...; empty for none.
  std::string Code() const;
  // Only what no person did may be repaired.
  bool IsFailure() const { return kind == DepartureKind::kOom || kind == DepartureKind::kCrash; }
  bool operator==(const Departure&) const = default;
};

// How long after a foreign act a death still counts as its consequence.
Duration ForeignActReach(const ForeignAct& act, const ContainerFacts& facts);

// True when the act asks the process to end: the container's own stop signal, or KILL.
bool IsStopSignal(const ForeignAct& act, const ContainerFacts& facts);

// True when the engine's own clock says that what happened at `engine_ns` was over before this life
// began: it was told late or out of order, and says nothing about what runs now.
bool IsOfEarlierLife(std::int64_t engine_ns, const ContainerFacts& facts);

// Whose doing. kPending as long as a foreign act may still turn up, or the engine is away.
Departure Judge(const Death& death, const ContainerFacts& facts, TimePoint now);

// True when a later life of the daemon, which saw nothing of the stop, would take it for a crash.
bool IsStopLikeCrash(const Death& death, const Departure& departure);

// What `departure` rests on, for people: events, signal, exit code, OOM, act of the ledger, restart
// policy. "a kill with signal 15 that was not ours came 120ms before; exit code 143; restart policy
// no". Empty for kNone.
std::string EvidenceOf(const Departure& departure, const Death& death, const ContainerFacts& facts);

// True when an exit with `exit_code` is what a stop or a kill leaves: 0, TERM, KILL or its own stop
// signal.
bool LooksStopped(int exit_code, const ContainerFacts& facts);

// The stop timeout that the engine will use for a stop that names none.
Duration OwnStopTimeout(const ContainerFacts& facts);

// "always", "on-failure:3" as people write it.
std::string RestartPolicyText(const ContainerFacts& facts);

}  // namespace fairlead::fleet
