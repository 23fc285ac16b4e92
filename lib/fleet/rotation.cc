#include "fleet/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fleet/limits.h"
#include "fleet/panic.h"

namespace fairlead::fleet {
namespace {

using spec::CheckClass;

// Reasons of the container itself: it is not there to be asked.
std::string PresenceReason(const Replica& replica) {
  if (replica.facts.status == EngineStatus::kRunning && replica.is_process_gone()) return "dead";
  switch (replica.presence()) {
    case Presence::kCreated:
      return "starting";
    case Presence::kRunning:
      return "";
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

// Reasons of people and of our own acts.
std::string WillReason(const Replica& replica, IntentKind intent) {
  if (intent == IntentKind::kDrained || intent == IntentKind::kEvicted) return "operator-drained";
  if (!replica.act) return "";
  const std::string_view kind = ActKindName(replica.act->entry.kind);
  switch (replica.act->stage) {
    case ActStage::kDraining:
      return fmt::format("draining({})", kind);
    case ActStage::kActing:
      return fmt::format("repairing({})", kind);
    case ActStage::kVerifying:
      return "verifying";
  }
  return "";
}

// Reasons of the checks.
std::string VerdictReason(const Replica& replica, TimePoint now) {
  const HealthTracker& health = replica.health;
  if (health.readiness() == Readiness::kReady) return "";
  if (health.readiness() == Readiness::kUnknown) return "starting";
  if (health.is_engine_unhealthy()) return "failing(unhealthy)";
  if (health.is_silent()) {
    if (health.is_starting(now)) return "starting";
    return fmt::format("failing({})", spec::CheckClassName(health.failure()));
  }
  if (health.failure() == CheckClass::kNotServing) return "not-serving";
  return fmt::format("misconfigured({})", spec::CheckClassName(health.failure()));
}

bool IsSuperseded(const Service& service, const Replica& replica) {
  const Replica* successor = service.successor_of(replica);
  return successor && successor->is_running() && !successor->stopping_until &&
         successor->health.readiness() == Readiness::kReady;
}

std::string FirstReason(const Service& service, const Replica& replica,
                        const RotationContext& context) {
  if (auto reason = PresenceReason(replica); !reason.empty()) return reason;
  if (auto reason = WillReason(replica, service.intent_of(replica)); !reason.empty()) return reason;
  if (context.stranded.contains(replica.facts.id)) return "cascade";
  const bool is_nowhere = replica.spec.routable && context.unreachable.contains(replica.facts.id);
  // Nobody can ask it, so it would "start" for ever: the cause is worth more than the symptom.
  if (is_nowhere && replica.health.readiness() == Readiness::kUnknown) return "no-shared-network";
  if (auto reason = VerdictReason(replica, context.now); !reason.empty()) return reason;
  if (IsSuperseded(service, replica)) return "superseded";
  if (replica.spec.weight == 0) return "weight-zero";
  if (is_nowhere) return "no-shared-network";
  return replica.flap_hold.is_holding(context.now) ? std::string(kFlapping) : "";
}

// Only what could serve counts in a panic: see panic.h.
bool IsCountable(const Replica& replica, const Rotation& rotation) {
  if (!replica.spec.routable || !replica.health.was_ready()) return false;
  return rotation.is_in || rotation.reason == "not-serving" || rotation.reason == kFlapping ||
         replica.health.is_silent();
}

// The smallest fairlead.priority of those that are in by their own verdict; none: nobody is.
std::optional<int> FirstWell(const Service& service, const Rotations& rotations) {
  std::optional<int> first;
  auto next = service.replicas.begin();
  for (const auto& [id, rotation] : rotations) {
    const Replica& replica = (next++)->second;  // the same keys, in the same order
    if (!rotation.is_in || !replica.spec.routable) continue;
    first = std::min(first.value_or(replica.spec.priority), replica.spec.priority);
  }
  return first;
}

// What is silent would take the calls of one that is well, and has nothing to give them.
bool IsInTheWay(const Replica& replica, std::optional<int> first_well) {
  return first_well && replica.spec.priority < *first_well;
}

// Of the replicas that would take the calls: a crowd that stands by makes up for no silence among
// those who are asked, and what would be in the way of one that is well is not waited for.
PanicCounts CountsOf(const Service& service, const Rotations& rotations,
                     std::optional<int> first_well) {
  PanicCounts counts;
  auto next = service.replicas.begin();
  for (const auto& [id, rotation] : rotations) {
    const Replica& replica = (next++)->second;
    const std::string& reason = rotation.reason;
    const bool is_verdict = rotation.is_in || reason == "not-serving" || reason == kFlapping ||
                            reason.starts_with("failing(");
    if (!is_verdict || !IsCountable(replica, rotation)) continue;
    if (first_well && replica.spec.priority != *first_well) continue;
    ++counts.countable;
    counts.in += rotation.is_in ? 1 : 0;
    counts.not_serving += reason == "not-serving" ? 1 : 0;
  }
  return counts;
}

// What is in the list and silent stays there while the brake is on; nothing comes back by it.
bool StaysByBrake(const Service& service, const Replica& replica, const Rotation& rotation) {
  const bool is_listed = service.view && !replica.absent_since;
  return is_listed && IsCountable(replica, rotation) && rotation.reason.starts_with("failing(");
}

bool MayReturn(const Replica& replica, const Rotation& rotation, const PanicDecision& decision) {
  if (!IsCountable(replica, rotation)) return false;
  if (rotation.reason == "not-serving") return decision.not_serving_return;
  return decision.silent_return &&
         (rotation.reason.starts_with("failing(") || rotation.reason == kFlapping);
}

// Who is suspect and silent leaves while enough others serve that nobody doubts, and while the
// suspicion is not about many: then its ground is more likely ours, or shared. Who stands by counts
// among the others: it takes the calls in the moment in which nobody else does.
void LeaveBySuspicion(const Service& service, int available_minimum, Rotations& rotations) {
  int in = 0;
  int suspect = 0;
  for (const auto& [id, rotation] : rotations) {
    const Replica& replica = service.replicas.at(id);
    if (!rotation.is_in || !replica.spec.routable) continue;
    ++in;
    suspect += replica.health.suspect() == spec::Suspect::kNone ? 0 : 1;
  }
  const bool is_about_many = 2 * suspect > in;
  if (is_about_many || in - suspect < std::max(1, available_minimum)) return;
  for (auto& [id, rotation] : rotations) {
    const Replica& replica = service.replicas.at(id);
    const bool leaves = rotation.is_in && replica.spec.routable && replica.spec.suspicion &&
                        replica.health.suspect() == spec::Suspect::kSilent;
    if (leaves) rotation = Rotation{.reason = "suspect"};
  }
}

// Who is in beside others with a smaller number stands by for them.
void NameTakers(const Service& service, Rotations& rotations) {
  std::optional<Takers> takers;
  auto next = service.replicas.begin();
  for (const auto& [id, rotation] : rotations) {
    const Replica& replica = (next++)->second;
    if (!rotation.is_in || !replica.spec.routable) continue;
    const int priority = replica.spec.priority;
    if (!takers || priority < takers->priority) takers = Takers{.priority = priority, .count = 0};
    takers->count += priority == takers->priority ? 1 : 0;
  }
  next = service.replicas.begin();
  for (auto& [id, rotation] : rotations) {
    const Replica& replica = (next++)->second;
    if (rotation.is_in && replica.spec.routable && replica.spec.priority > takers->priority)
      rotation.takers = takers;
  }
}

}  // namespace

std::string Rotation::Code() const {
  if (is_in && is_braked) return "in(brake)";
  if (is_in && is_panic) return "in(panic)";
  if (is_in) return takers ? "in(standby)" : "in";
  return "out(" + reason + ")";
}

bool IsInByVerdict(std::string_view code) {
  return code == "in" || code == "in(standby)";
}

Rotations DeriveRotations(const Service& service, const RotationContext& context, bool& is_panic) {
  Rotations rotations;
  for (const auto& [id, replica] : service.replicas) {
    std::string first = FirstReason(service, replica, context);
    const bool is_in = first.empty();
    rotations.emplace_hint(rotations.end(), id,
                           Rotation{.is_in = is_in, .reason = std::move(first)});
  }
  const std::optional<int> first_well = FirstWell(service, rotations);
  const PanicDecision decision = DecidePanic(CountsOf(service, rotations, first_well),
                                             context.panic_threshold_percent, service.is_panic);
  is_panic = decision.is_panic;
  auto next = service.replicas.begin();
  for (auto& [id, rotation] : rotations) {
    const Replica& replica = (next++)->second;  // the same keys, in the same order
    const bool is_panicked = MayReturn(replica, rotation, decision);
    const bool is_braked =
        !is_panicked && context.is_braked && StaysByBrake(service, replica, rotation);
    if ((!is_braked && !is_panicked) || replica.spec.weight == 0) continue;
    if (context.unreachable.contains(id) || IsInTheWay(replica, first_well)) continue;
    rotation = {.is_in = true, .is_panic = is_panicked, .is_braked = is_braked, .reason = ""};
  }
  if (!decision.is_panic && !context.is_braked)
    LeaveBySuspicion(service, context.available_minimum, rotations);
  NameTakers(service, rotations);
  return rotations;
}

std::string ReadinessCode(const Replica& replica) {
  // What is not there has no verdict, whatever its last one was.
  if (!replica.is_running()) return "unknown";
  switch (replica.health.readiness()) {
    case Readiness::kUnknown:
      return "unknown";
    case Readiness::kReady:
      return replica.health.suspect() == spec::Suspect::kNone ? "ready" : "suspect";
    case Readiness::kNotReady:
      break;
  }
  if (replica.health.is_engine_unhealthy()) return "not-ready(unhealthy)";
  return fmt::format("not-ready({})", spec::CheckClassName(replica.health.failure()));
}

std::string LivenessCode(const Replica& replica, TimePoint now) {
  if (!replica.is_running()) {
    const Presence presence = replica.presence();
    if (presence == Presence::kCreated) return "starting";
    if (presence == Presence::kPaused) return "alive";
    return "dead";
  }
  if (replica.health.liveness_failures() > 0) {
    return fmt::format("failing({})", replica.health.liveness_failures());
  }
  return replica.health.is_starting(now) ? "starting" : "alive";
}

int OthersIn(const Rotations& rotations, const ContainerId& id) {
  return static_cast<int>(std::count_if(rotations.begin(), rotations.end(), [&](const auto& entry) {
    return entry.first != id && entry.second.is_in;
  }));
}

}  // namespace fairlead::fleet
