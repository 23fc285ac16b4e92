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

}  // namespace fairlead::fleet
