// Reports: what the core shows of itself to people. Values, detached from the core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "fleet/ledger.h"
#include "spec/check.h"
#include "spec/diagnostic.h"
#include "spec/names.h"

namespace fairlead::fleet {

enum class Phase { kConfigured, kEngineSynced, kVerdictsSynced, kServing, kStale, kStopping };
std::string_view PhaseName(Phase phase);  // "configured", "engine-synced" ...

// All texts are the stable codes of the state model.
struct ReplicaReport {
  std::string name;  // "user-service.shop/2"
  Generation generation;
  std::string container_name;
  std::string image;
  std::string address;    // first address:port, for tables
  std::string tls;        // "permissive", "strict"; "" where its server speaks none
  std::string presence;   // "running"
  std::string readiness;  // "ready", "not-ready(timeout)"
  std::string liveness;   // "alive", "failing(2)"
  std::string intent;     // "none", "drained"
  std::string repair;     // "idle", "held(min-available)", "acting(restart)"
  bool in_rotation = false;
  std::string out_reason;  // "" when in rotation
  bool is_panic = false;
  bool is_standby = false;  // in rotation, and others with a smaller number take the calls
  int priority = 0;         // fairlead.priority
  TimePoint rotation_since{};
  std::optional<spec::CheckOutcome> last_check;
  std::optional<TimePoint> last_check_at;
  int restarts_in_window = 0;
  std::string last_cause;  // why it was last restarted or left running
  std::string departure;   // whose doing it is that it does not run: "operator"; "" when it runs
  std::string departure_evidence;  // what that rests on
  std::vector<Pause> pauses;       // that hold its repairs, the widest first
};

struct ServiceReport {
  ServiceName name;
  std::uint16_t port = 0;
  std::uint64_t revision = 0;
  std::optional<std::uint64_t> adopted_revision;
  int in_rotation = 0;
  int available_minimum = 0;            // min-available as a count, right now
  std::vector<ReplicaReport> replicas;  // ordered by name
};

// A container that asks to be managed but is not, or is with a warning.
struct ContainerDiagnostics {
  ContainerId id;
  std::string container_name;
  std::vector<spec::Diagnostic> diagnostics;
};

}  // namespace fairlead::fleet
