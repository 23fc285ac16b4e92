// Fleet: the core. Facts in, decisions out; no clock, no I/O, no threads.
//
// Why: what must be right (when is a replica out, when may it be restarted, in which order) is
// decided in one place that can be driven by a unit test, a text dialogue, a simulation with a seed
// or the real daemon alike.
// How: Apply() records the fact and decides nothing; Settle() recomputes every decision of the
// touched services from state alone. So a lost, repeated or late hint cannot leave it wrong.
// Threads: none; owned by the controller, touched only on its strand.
// Invariants: an endpoint leaves its view before its container is stopped; at most one act per
// container; nothing is ordered before phase kServing or while stale; equal inputs, equal outputs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "fleet/effects.h"
#include "fleet/event.h"
#include "fleet/explanation.h"
#include "fleet/ledger.h"
#include "fleet/report.h"
#include "fleet/trial_run.h"

namespace fairlead::fleet {

struct FleetOptions {
  bool observe_only = false;
  int max_concurrent_repairs = 2;  // per host
  int panic_threshold_percent = 50;
  ContainerId self;  // our own container, never managed; empty when not in one
};

class Fleet {
 public:
  // `remembered` is what the store kept of earlier lives of the daemon.
  Fleet(FleetOptions options, Remembered remembered, TimePoint now);
  ~Fleet();

  // Records `event` and decides. REQUIRES: `now` never goes back.
  Effects Step(const Event& event, TimePoint now);

  Phase phase() const;
  std::vector<ServiceName> services() const;  // ordered
  std::optional<ServiceReport> Report(const ServiceName& name) const;
  std::vector<ContainerDiagnostics> Diagnostics() const;  // ordered by id
  std::vector<Pause> pauses() const;                      // in force, the widest scopes first
  // Why a replica, or each one of a service, is in or out of rotation, what would be done about it
  // and what forbids that, as of the last Step. `name`: "user-service.shop/2", a container name,
  // the start of a container id, "user-service.shop", or "user-service" where one project has it.
  // kNotFound, or kInvalidArgument when it fits several (the message names them).
  Result<Explanation> Explain(const std::string& name) const;
  // What a restart, drain, undrain or evict would do as of the last Step, or the error that it
  // would be refused with. Nothing is changed or recorded.
  Result<TrialRun> TryOut(const OperatorCommand& command) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace fairlead::fleet
