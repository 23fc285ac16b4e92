// What the core must not forget when the daemon dies: acts with their cost, and people's intents
// and pauses.
//
// Why: a budget that a restart forgets is no budget. Everything else is derived again from the
// engine and the checks. Times are TimePoints of this process; the store converts from and to wall
// time, and on loading an entry of the future (clock set back) counts as "now".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "spec/names.h"

namespace fairlead::fleet {

// What an act cost counts so long, the longest window that `fairlead.repair.window` may name; then
// the act is forgotten, here and in the store.
inline constexpr Duration kLedgerKept = std::chrono::hours(24);

// Unique over all lives of the daemon (the store hands out the first free one at load).
using ActId = StrongId<struct ActIdTag, std::uint64_t>;

enum class ActKind { kRestart, kStart, kStop };

constexpr std::string_view ActKindName(ActKind kind) {
  switch (kind) {
    case ActKind::kRestart:
      return "restart";
    case ActKind::kStart:
      return "start";
    case ActKind::kStop:
      return "stop";
  }
  return "";
}

enum class ActState { kPermitted, kSucceeded, kFailed, kDropped };

// One act on one generation. Written as kPermitted before anything is done, and again with its end.
struct LedgerEntry {
  ActId id;
  ActKind kind = ActKind::kRestart;
  ActState state = ActState::kPermitted;
  Generation generation;  // the life the act was decided for
  ServiceName service;
  int compose_number = 0;    // budgets follow the place in the service, not the container id
  std::string replica;       // as shown
  bool by_operator = false;  // an operator's act costs no repair budget
  std::string actor;         // "fairlead" or who asked
  std::string cause;         // "liveness: 5 x timeout"
  TimePoint permitted_at{};
  std::optional<TimePoint> finished_at;
  std::string outcome;  // error text, empty when fine
  bool operator==(const LedgerEntry&) const = default;
};

enum class IntentKind { kNone, kDrained, kEvicted };

// What a person asked for; outlives the daemon and, by place, a recreate of the container.
struct Intent {
  ServiceName service;
  std::string replica;  // "user-service.shop/2"
  ContainerId container;
  IntentKind kind = IntentKind::kNone;  // kNone withdraws
  std::string actor;
  std::string reason;
  TimePoint at{};
  bool operator==(const Intent&) const = default;
};

// What a pause of repairs covers.
enum class PauseScope { kHost, kProject, kService, kReplica };

// No repair inside a scope until a person resumes that very scope. Outlives the daemon, and by
// place a recreate of the container. Beside the intents, because a drained replica may be paused
// and pauses of several scopes may cover it, each of which is withdrawn alone.
struct Pause {
  PauseScope scope = PauseScope::kHost;
  ServiceName service;        // kProject: the project alone; kHost: empty
  std::string replica;        // the place, for kReplica alone: "user-service.shop/2"
  bool is_withdrawn = false;  // as a record: it holds no more
  std::string actor;
  std::string reason;
  TimePoint at{};
  bool operator==(const Pause&) const = default;

  // "this host", "project shop", "service user-service.shop", "user-service.shop/2"
  std::string Text() const {
    switch (scope) {
      case PauseScope::kHost:
        return "this host";
      case PauseScope::kProject:
        return "project " + service.project;
      case PauseScope::kService:
        return "service " + service.Text();
      case PauseScope::kReplica:
        return replica;
    }
    return "";
  }
};

// A life that somebody's stop ended, and that died of it as a crash does: by a signal like ABRT, or
// out of memory. Whoever saw nothing of the stop, as the next life of the daemon, would start it
// again. Kept until the container is gone or lives again.
struct StoppedLife {
  Generation generation;
  bool is_withdrawn = false;  // as a record: it counts no more
  TimePoint at{};
  bool operator==(const StoppedLife&) const = default;
};

// What the store gives back at start.
struct Remembered {
  std::vector<LedgerEntry> acts;  // oldest first; those younger than the longest budget window
  std::vector<Intent> intents;
  std::vector<Pause> pauses;
  std::vector<StoppedLife> stopped;
  ActId next_act{1};
};

}  // namespace fairlead::fleet
