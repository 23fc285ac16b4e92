// Refresh: what follows for one replica from what is known and what time it is.
#include <algorithm>
#include <utility>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

void Fleet::State::Refresh(Service& service) {
  for (auto& [id, replica] : service.replicas) RefreshReplica(service, replica);
  NoteTrafficDifferences(service);
}

void Fleet::State::RefreshReplica(Service& service, Replica& replica) {
  if (replica.stop_look_at && *replica.stop_look_at <= now_) {
    replica.stop_look_at.reset();
    if (replica.stopping_until) effects_.looks.push_back(replica.facts.id);
  }
  if (replica.stopping_until && *replica.stopping_until <= now_) {
    replica.stopping_until.reset();
    // It was told to end and did not: it has to show afresh that it serves.
    if (!replica.process_gone_at) {
      replica.foreign.reset();
      ResetHealth(replica, true);
    }
  }
  if (replica.gone_until && *replica.gone_until <= now_) {
    // The engine said that it died, and inspect does not: as after a stop that it survived.
    replica.gone_until.reset();
    ResetHealth(replica, true);
  }
  JudgeDeparture(service, replica);
  TakeEngineVerdict(replica);
  OrderChecks(replica);
  OrderProcessWatch(replica);
  SettleAct(service, replica);
  ObserveHealth(service, replica);
  CountForBrake(service, replica);
  const HealthTracker& health = replica.health;
  const bool is_well = replica.is_running() && health.readiness() == Readiness::kReady &&
                       health.suspect() != spec::Suspect::kSilent;
  replica.flap_hold.ObserveWell(is_well, now_);
}

// While the engine is away nothing is judged: what it did to its containers shows when it is back.
void Fleet::State::JudgeDeparture(Service& service, Replica& replica) {
  const bool is_judged = replica.departure.kind != DepartureKind::kNone &&
                         replica.departure.kind != DepartureKind::kPending;
  if (!replica.death || is_judged) return;
  replica.departure = phase_ == Phase::kStale ? Departure{.kind = DepartureKind::kPending,
                                                          .exit_code = replica.death->exit_code}
                                              : Judge(*replica.death, replica.facts, now_);
  replica.departure_evidence = EvidenceOf(replica.departure, *replica.death, replica.facts);
  if (replica.departure.kind == DepartureKind::kPending) return;
  if (IsStopLikeCrash(*replica.death, replica.departure)) RememberStop(replica.generation());
  // Each further event of one stop has it judged again; people are told what is new.
  if (std::exchange(replica.departure_told, replica.departure) == replica.departure) return;
  NoteDeparture(service, replica);
}

// Without checks the verdict is "it runs", or what the engine's own health check says.
void Fleet::State::TakeEngineVerdict(Replica& replica) {
  if (!replica.is_running()) return;
  if (replica.spec.health.protocol == spec::HealthProtocol::kNone) {
    replica.health.ObserveEngineVerdict(Readiness::kReady);
  }
  if (replica.spec.health.protocol != spec::HealthProtocol::kDocker) return;
  switch (replica.facts.docker_health) {
    case DockerHealth::kHealthy:
      replica.health.ObserveEngineVerdict(Readiness::kReady);
      break;
    case DockerHealth::kUnhealthy:
      replica.health.ObserveEngineVerdict(Readiness::kNotReady);
      break;
    case DockerHealth::kStarting:
    case DockerHealth::kNone:
      replica.health.ObserveEngineVerdict(Readiness::kUnknown);
      break;
  }
}

void Fleet::State::ObserveHealth(Service& service, Replica& replica) {
  const bool is_healthy = replica.is_running() && replica.health.readiness() == Readiness::kReady &&
                          replica.health.denials() == 0;
  const auto place = service.places.find(replica.place);
  // Looked at before it may be reset: what was healthy until now has earned its forgiveness.
  if (replica.ready_since && place != service.places.end()) {
    place->second.budget.ObserveHealthy(*replica.ready_since, now_);
  }
  if (!is_healthy) {
    replica.ready_since.reset();
    return;
  }
  if (!replica.ready_since) {
    replica.ready_since = now_;
    TouchFollowers(replica);
  }
  replica.has_given_up = false;
}

// Checks run while the process does and there is somebody to ask.
void Fleet::State::OrderChecks(Replica& replica) {
  const auto wanted = TargetOf(replica, ReachOfReplica(replica));
  if (replica.target && (!wanted || wanted->generation != replica.target->generation)) {
    effects_.checks.emplace_back(EndChecks{replica.target->generation});
    replica.health.ForgetSuspicion();
    missing_verdicts_.erase(replica.target->generation);
    // It lives on where nobody can ask it; when it can be reached again it has to show how it is.
    // That it was ready was where it was: who lives in another's network may have lost it.
    const bool is_out_of_reach =
        !wanted && replica.is_running() && replica.target->generation == replica.generation();
    if (is_out_of_reach) {
      replica.health = {};
      ResetHealth(replica, false);
    }
    replica.target.reset();
  }
  if (wanted && replica.target != wanted) {
    const bool is_first = !replica.target;
    if (!is_first && replica.target->ip != wanted->ip) replica.health.ForgetFailures();
    replica.target = wanted;
    replica.health.ForgetSuspicion();  // it is asked afresh
    effects_.checks.emplace_back(BeginChecks{*wanted});
    const Duration interval = replica.spec.health.interval;
    if (is_first && (replica.is_asked_at_once || interval > kFirstCheckSpread)) {
      effects_.checks.emplace_back(CheckSoon{wanted->generation, Duration::zero()});
    }
    replica.is_asked_at_once = false;
    if (is_first) replica.first_verdict_due = FirstVerdictDue(replica);
  }
  if (has_served_) return;
  if (IsVerdictMissing(replica)) {
    missing_verdicts_.insert(replica.generation());
  } else {
    missing_verdicts_.erase(replica.generation());
  }
}

// The init of what runs is watched, so that its end is known before the engine tells of it.
void Fleet::State::OrderProcessWatch(Replica& replica) {
  const bool has_process = replica.facts.status == EngineStatus::kRunning ||
                           replica.facts.status == EngineStatus::kPaused;
  std::optional<Generation> wanted;
  if (has_process && replica.facts.pid > 0) wanted = replica.generation();
  if (replica.watched_process == wanted) return;
  if (replica.watched_process)
    effects_.processes.emplace_back(EndProcessWatch{*replica.watched_process});
  if (wanted)
    effects_.processes.emplace_back(
        BeginProcessWatch{.generation = *wanted, .pid = replica.facts.pid});
  replica.watched_process = std::move(wanted);
}

// The facts of whose network it has; null: it shares that of a container that is not known.
const ContainerFacts* Fleet::State::NetworkFacts(const Replica& replica) const {
  const auto owner = NamespaceOwner(replica.facts);
  if (!owner) return &replica.facts;
  const auto known = known_.find(*owner);
  return known == known_.end() ? nullptr : &known->second.facts;
}

bool Fleet::State::IsHeldByAnother(const NetworkAddress& address, const ContainerId& id) const {
  const auto network = address_holders_.find(address.network_id);
  if (network == address_holders_.end()) return false;
  const auto holder = network->second.find(address.ip());
  return holder != network->second.end() && holder->second != id;
}

Reach Fleet::State::ReachOfReplica(const Replica& replica) const {
  const ContainerFacts* facts = NetworkFacts(replica);
  if (!facts) return {};
  Reach reach = ReachOf(replica, facts);
  std::erase_if(reach.addresses,
                [&](const NetworkAddress& address) { return IsHeldByAnother(address, facts->id); });
  return reach;
}

// ReachOfReplica().is_reachable() without its copies: asked of everybody in each look at a service.
bool Fleet::State::IsReachable(const Replica& replica) const {
  const ContainerFacts* facts = NetworkFacts(replica);
  if (!facts) return false;
  return IsOnHostNetwork(*facts) ||
         std::ranges::any_of(facts->networks, [&](const NetworkAddress& address) {
           return IsAddressOf(replica, address) && !IsHeldByAnother(address, facts->id);
         });
}

Rotations Fleet::State::RotationsOf(const Service& service, bool& is_panic) const {
  std::set<ContainerId> unreachable;
  std::set<ContainerId> stranded;
  for (const auto& [id, replica] : service.replicas) {
    if (!IsReachable(replica)) unreachable.insert(id);
    if (IsStranded(replica)) stranded.insert(id);
  }
  // Asked for only where somebody may leave by suspicion.
  const bool is_doubted = std::ranges::any_of(service.replicas, [](const auto& entry) {
    return entry.second.health.suspect() != spec::Suspect::kNone;
  });
  const Replica* newest = is_doubted ? service.newest() : nullptr;
  return DeriveRotations(
      service,
      {.now = now_,
       .panic_threshold_percent = options_.panic_threshold_percent,
       .is_braked = brake_.holds_lists(),
       .available_minimum = newest ? MinAvailable(service, newest->spec.repair) : 0,
       .unreachable = unreachable,
       .stranded = stranded},
      is_panic);
}

Rotations Fleet::State::RotationsOf(const Service& service) const {
  bool is_panic = false;
  return RotationsOf(service, is_panic);
}

}  // namespace fairlead::fleet
