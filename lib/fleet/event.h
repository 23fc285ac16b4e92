// The closed set of events that the core accepts. Each is a fact; none is an instruction but the
// operator's. Repeated, late and reordered facts must be harmless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "fleet/ledger.h"
#include "spec/check.h"
#include "spec/container_facts.h"
#include "spec/read_labels.h"

namespace fairlead::fleet {

// What inspect said about one container, and what its labels mean on this host. The controller
// hands in observations in the order of the inspect requests: newer beats older.
struct ContainerObserved {
  ContainerFacts facts;
  spec::LabelReading reading;
  // When its last life ended, by our clock as far as the engine's can be told by it; none: it never
  // did, or that is not known.
  std::optional<TimePoint> ended_at = std::nullopt;
};

// Inspect answered 404, or a full list does not have it.
struct ContainerGone {
  ContainerId id;
};

// Whether the engine that answers now is the process that answered before the picture went stale.
enum class EngineContinuity {
  kFirst,      // nothing was heard of any engine before, in this life of the daemon
  kSame,       // the same process, or one that still knows an event that we had heard
  kRestarted,  // another process, or another engine
  kUnknown,    // no evidence: behind TCP, a proxy or a socket that systemd holds, and quiet
};

// The event stream is open, a full list was taken after that, and every inspect it asked for is in.
struct InventorySynced {
  EngineContinuity continuity = EngineContinuity::kUnknown;
};

// The engine's stream ended or its pings fail: the picture is frozen until the next sync.
struct InventoryStale {
  std::string reason;
  bool is_stream_end = false;  // the engine closed the open stream; false: silence, or no answer
};

// The engine reported something about this container that no act of ours explains: somebody else's
// stop, kill, restart, pause or removal, or that it died. `verb` is the engine's action word;
// `signal` only for kill. A "die" is a hint for routing alone.
struct ForeignActSeen {
  ContainerId id;
  std::string verb;
  std::string signal;
  // When, by the engine's clock, as nanoseconds since 1970; 0: not to be compared.
  std::int64_t engine_ns = 0;
  // How long before it was told, of the engine's history; what comes live has just been.
  Duration ago{};
};

// The engine's history tells that the container's process ended at a time when its stream was not
// open. Comes before the inspect that shows it: that death was told of, after all.
struct EndReplayed {
  ContainerId id;
};

struct ProbeFinished {
  Generation generation;
  spec::CheckOutcome outcome;
};

// The peer closed the kept probe connection; a re-check is already on its way.
struct ConnectionClosed {
  Generation generation;
};

// The prober suspects the target, or no longer does. Only a change is told; what is lost of it the
// checks make good.
struct SuspicionChanged {
  Generation generation;
  spec::SuspectNews news;
};

// The server ended its connection because the transport was asked: the prober does so no more.
struct TransportRefused {
  Generation generation;
};

// The prober's own health server does not answer over the path that checks take, or does again.
struct CanaryChanged {
  bool passes = true;
  std::string detail;  // for people
};

// The container's init is gone (pidfd): routing may act at once, repair waits for inspect.
struct ProcessExited {
  Generation generation;
};

// Every client known to use the service has acknowledged `revision` or a later one.
struct ViewAdopted {
  ServiceName service;
  std::uint64_t revision = 0;
};

struct ActionFinished {
  ActId act;
  Generation generation;  // the one the act was ordered for
  Result<> outcome;
};

enum class OperatorVerb { kDrain, kUndrain, kRestart, kEvict, kPause, kResume };

// `command` comes back in a Note of kind kCommandAnswered when the command is decided.
struct OperatorCommand {
  std::uint64_t command = 0;
  OperatorVerb verb = OperatorVerb::kDrain;
  // "user-service.shop/2", a container name, or an id prefix; for pause and resume what `scope`
  // says: also "user-service.shop" or "user-service", a project, or nothing for the host.
  std::string replica;
  std::string actor;  // "uid 0"
  std::string reason;
  bool force = false;                       // override min-available; needs a reason
  PauseScope scope = PauseScope::kReplica;  // of pause and resume alone
};

// Time has passed; sent no later than the last Effects::wake_at.
struct Tick {};

// How many client connections that carry data are left on the replica's serving port (ours
// excluded). Optional evidence: with it a drain ends as soon as the list without the replica is
// adopted and nothing is left; without it a drain waits for drain.timeout, so that calls shorter
// than that end by themselves.
struct TrafficObserved {
  Generation generation;
  int client_connections = 0;
};

// What became of a CutCallers.
struct CallersCut {
  Generation generation;
  int reset = 0;     // connections that were reset
  int left = 0;      // of callers, on which answers still came
  Result<> outcome;  // why nothing could be done
};

// The daemon was asked to stop: no new acts, views stay as they are.
struct Stopping {};

using Event =
    std::variant<ContainerObserved, ContainerGone, InventorySynced, InventoryStale, ForeignActSeen,
                 EndReplayed, ProbeFinished, ConnectionClosed, ProcessExited, ViewAdopted,
                 ActionFinished, OperatorCommand, Tick, Stopping, TrafficObserved, SuspicionChanged,
                 TransportRefused, CanaryChanged, CallersCut>;

}  // namespace fairlead::fleet
