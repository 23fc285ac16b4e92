// Departure: why a container is not running any more, and whose doing that was.
//
// Why: what a person stopped is respected, what crashed may be started again, and the engine's
// events alone do not tell which it was (state model, "Whose act"). Pure values; nothing here
// remembers.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "spec/container_facts.h"

namespace fairlead::fleet {

// An act on the container that came through the engine's API and was not ours.
struct ForeignAct {
  TimePoint at{};
  std::string verb;    // the engine's action word
  std::string signal;  // of "kill"
};

// A death as inspect shows it, with what was known when it was seen.
struct Death {
  TimePoint at{};
  int exit_code = 0;
  bool is_oom = false;
  bool is_ours = false;      // our own act was under way
  bool was_watched = true;   // false: the event stream was not open when it happened
  bool is_replaced = false;  // a Compose recreate has put a newer container beside it
  std::optional<ForeignAct> foreign = std::nullopt;
};

enum class DepartureKind {
  kNone,     // it runs, or never ran
  kPending,  // too early to say
  kOurs,
  kOperator,
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

// Whose doing. kPending as long as a foreign act may still turn up.
Departure Judge(const Death& death, const ContainerFacts& facts, TimePoint now);

// The stop timeout that the engine will use for a stop that names none.
Duration OwnStopTimeout(const ContainerFacts& facts);

}  // namespace fairlead::fleet
