#include "fleet/replica.h"

namespace fairlead::fleet {

std::string_view PresenceName(Presence presence) {
  switch (presence) {
    case Presence::kCreated:
      return "created";
    case Presence::kRunning:
      return "running";
    case Presence::kStopping:
      return "stopping";
    case Presence::kPaused:
      return "paused";
    case Presence::kEngineRestarting:
      return "engine-restarting";
    case Presence::kExited:
      return "exited";
  }
  return "";
}

std::string_view HoldReasonName(HoldReason reason) {
  switch (reason) {
    case HoldReason::kNotManaged:
      return "not-managed";
    case HoldReason::kEngineAway:
      return "engine-away";
    case HoldReason::kViewStale:
      return "view-stale";
    case HoldReason::kOverslept:
      return "overslept";
    case HoldReason::kOperatorStopped:
      return "operator-stopped";
    case HoldReason::kEngineRestartPolicy:
      return "engine-restart-policy";
    case HoldReason::kSuperseded:
      return "superseded";
    case HoldReason::kObserve:
      return "observe";
    case HoldReason::kRepairsPaused:
      return "repairs-paused";
    case HoldReason::kCascadeBusy:
      return "cascade-busy";
    case HoldReason::kNamespaceShared:
      return "namespace-shared";
    case HoldReason::kBrake:
      return "brake";
    case HoldReason::kBackingOff:
      return "backing-off";
    case HoldReason::kBudget:
      return "gave-up";
    case HoldReason::kMinAvailable:
      return "min-available";
  }
  return "";
}

Presence Replica::presence() const {
  switch (facts.status) {
    case EngineStatus::kCreated:
      return Presence::kCreated;
    case EngineStatus::kRunning:
      return stopping_until ? Presence::kStopping : Presence::kRunning;
    case EngineStatus::kPaused:
      return Presence::kPaused;
    case EngineStatus::kRestarting:
      return Presence::kEngineRestarting;
    case EngineStatus::kRemoving:
    case EngineStatus::kExited:
    case EngineStatus::kDead:
      return Presence::kExited;
  }
  return Presence::kExited;
}

bool Replica::is_running() const {
  return facts.status == EngineStatus::kRunning && !is_process_gone();
}

bool Replica::is_up() const {
  return facts.status == EngineStatus::kRunning || facts.status == EngineStatus::kPaused ||
         facts.status == EngineStatus::kRestarting;
}

Duration StopTimeoutOf(const Replica& replica) {
  return replica.spec.stop_timeout.value_or(OwnStopTimeout(replica.facts));
}

}  // namespace fairlead::fleet
