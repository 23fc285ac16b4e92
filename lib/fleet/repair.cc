// From a wish to an act: what is wished, what holds it, and whose turn it is.
//
// Why one fixed order of reasons (state model): the answer to "why is it not repaired?" has to be
// the same everywhere, and the first reason is the one that a person can do something about.

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

Hold HeldIf(bool is_held, HoldReason reason) {
  return is_held ? Hold{.code = std::string(HoldReasonName(reason)), .until = {}} : Hold{};
}

}  // namespace

std::optional<Wish> Fleet::State::WishFor(const Service& service, const Replica& replica) const {
  if (replica.act || service.intent_of(replica) == IntentKind::kEvicted) return std::nullopt;
  const bool evicts = replica.spec.repair.mode == spec::RepairMode::kEvict;
  Wish wish;
  wish.since = replica.wish ? replica.wish->since : now_;
  if (replica.facts.status == EngineStatus::kRunning) {
    if (replica.is_process_gone()) return std::nullopt;
    if (replica.health.wants_repair()) {
      wish.kind = evicts ? ActKind::kStop : ActKind::kRestart;
      wish.cause = "liveness: " + replica.health.Evidence();
      return wish;
    }
    const Replica* const ground = evicts ? nullptr : RestartedGround(replica);
    if (!ground) return std::nullopt;
    wish.kind = ActKind::kRestart;
    wish.cause = "cascade: " + ground->name + " was restarted";
    return wish;
  }
  if (replica.facts.status == EngineStatus::kPaused) return std::nullopt;
  const bool is_our_leftover = replica.departure.kind == DepartureKind::kOurs &&
                               replica.death->ours->kind == ActKind::kRestart;
  if (evicts || (!replica.departure.IsFailure() && !is_our_leftover)) return std::nullopt;
  wish.kind = ActKind::kStart;
  wish.cause = is_our_leftover ? "our restart left it stopped" : replica.departure.Code();
  return wish;
}

// The engine starts it again by itself; two who do that get in each other's way.
bool Fleet::State::EngineWillRestart(const Replica& replica) const {
  if (replica.facts.status == EngineStatus::kRunning) return false;
  if (replica.facts.status == EngineStatus::kRestarting) return true;
  // After an API stop, ours included, the engine leaves it alone.
  if (replica.departure.kind == DepartureKind::kOurs) return false;
  switch (replica.facts.restart_policy) {
    case RestartPolicy::kNo:
      return false;
    case RestartPolicy::kAlways:
    case RestartPolicy::kUnlessStopped:
      return true;
    case RestartPolicy::kOnFailure: {
      const bool is_used_up = replica.facts.restart_maximum > 0 &&
                              replica.facts.restart_count >= replica.facts.restart_maximum;
      return replica.facts.exit_code != 0 && !is_used_up;
    }
  }
  return false;
}

// What holds a wish by one reason, if it does. All that a reason weighs is weighed here, so that
// `explain` shows what decides and no second account of it.
Hold Fleet::State::Weigh(HoldReason reason, const Weighing& weighing) const {
  const auto& [service, replica, wish, rotations] = weighing;
  switch (reason) {
    case HoldReason::kNotManaged: {
      const bool is_self = replica.facts.id == options_.self;
      if (is_self || (replica.facts.auto_remove && wish.kind != ActKind::kStart))
        return HeldIf(true, reason);
      return {};
    }
    case HoldReason::kEngineAway:
      return HeldIf(phase_ == Phase::kStale, reason);
    case HoldReason::kViewStale:
      return HeldIf(!may_act(), reason);
    case HoldReason::kOverslept:
      if (IsLookingAround()) return {.code = "overslept", .until = repairs_from_};
      return {};
    case HoldReason::kOperatorStopped:
      return HeldIf(replica.presence() == Presence::kStopping, reason);
    case HoldReason::kEngineRestartPolicy:
      return HeldIf(EngineWillRestart(replica), reason);
    case HoldReason::kSuperseded:
      return HeldIf(service.successor_of(replica), reason);
    case HoldReason::kObserve:
      return HeldIf(options_.observe_only || replica.spec.repair.mode == spec::RepairMode::kObserve,
                    reason);
    case HoldReason::kRepairsPaused:
      return HeldIf(!pauses_.Over(service.name, replica.place).empty(), reason);
    case HoldReason::kCascadeBusy:
      return HeldIf(MovingGround(replica), reason);
    case HoldReason::kNamespaceShared:
      return HeldIf(wish.kind != ActKind::kStart && !StrandedSharersOf(replica).empty(), reason);
    case HoldReason::kBrake:
      if (brake_.holds_repairs(turns_.under_way(), now_))
        return {.code = "brake", .until = brake_.next_change()};
      return {};
    case HoldReason::kBackingOff:
    case HoldReason::kBudget:
      return BudgetHold(reason, service, replica);
    case HoldReason::kMinAvailable:
      return HeldIf(BreaksMinAvailable(service, replica, rotations), reason);
  }
  return {};
}

// Who runs in this container's network namespace and is not restarted along with it, by name for
// people, "" for nobody. A restart gives the owner a new namespace and leaves these in the old one,
// without a network.
std::string Fleet::State::StrandedSharersOf(const Replica& owner) const {
  const auto sharers = namespace_sharers_.find(owner.facts.id);
  if (sharers == namespace_sharers_.end()) return "";
  std::string names;
  std::size_t count = 0;
  for (const ContainerId& id : sharers->second) {
    const ContainerFacts& facts = known_.at(id).facts;
    const bool is_up =
        facts.status == EngineStatus::kRunning || facts.status == EngineStatus::kPaused;
    if (!is_up || IsRestartedAlong(id, owner) || ++count > kSharersShown) continue;
    const auto named = index_.find(id);
    names += names.empty() ? "" : ", ";
    names += named == index_.end() ? Printable(facts.name)
                                   : services_.at(named->second).replicas.at(id).name;
  }
  return count > kSharersShown ? names + " ..." : names;
}

Hold Fleet::State::BudgetHold(HoldReason reason, const Service& service,
                              const Replica& replica) const {
  const Place* place = service.place_of(replica);
  const RepairBudget budget = place ? place->budget : RepairBudget();
  const spec::RepairSpec& repair = replica.spec.repair;
  if (reason == HoldReason::kBackingOff) {
    const auto until = budget.BackingOffUntil(repair, now_);
    return until ? Hold{.code = "backing-off", .until = until} : Hold{};
  }
  if (budget.IsUsedUp(repair, now_))
    return {.code = repair.max_restarts == 0 ? "budget" : "gave-up", .until = {}};
  return HeldIf(replica.has_given_up, reason);
}

Hold Fleet::State::HoldFor(const Service& service, Replica& replica,
                           const Rotations& rotations) const {
  for (const HoldReason reason : kHoldReasons) {
    Hold hold = Weigh(reason, {service, replica, *replica.wish, rotations});
    if (hold.code.empty()) continue;
    if (hold.code == "gave-up") replica.has_given_up = true;
    return hold;
  }
  return {};
}

// A percentage is of the replicas that are meant to serve: those that a person stopped, or that are
// finished, are not.
int Fleet::State::MinAvailable(const Service& service, const spec::RepairSpec& repair) const {
  int meant = 0;
  for (const auto& [id, replica] : service.replicas) {
    const DepartureKind left = replica.departure.kind;
    const bool is_off = left == DepartureKind::kOperator || left == DepartureKind::kFinished ||
                        left == DepartureKind::kUnseen || left == DepartureKind::kRecreate ||
                        (left == DepartureKind::kEngineShutdown && !EngineWillRestart(replica)) ||
                        service.intent_of(replica) == IntentKind::kEvicted ||
                        replica.facts.status == EngineStatus::kCreated;
    meant += replica.spec.routable && !is_off ? 1 : 0;
  }
  return repair.min_available.Of(meant);
}

// Only an act on an available replica can make fewer.
bool Fleet::State::BreaksMinAvailable(const Service& service, const Replica& replica,
                                      const Rotations& rotations) const {
  if (!replica.spec.routable || !rotations.at(replica.facts.id).is_available()) return false;
  int available = 0;
  for (const auto& [id, rotation] : rotations) {
    available += rotation.is_available() && service.replicas.at(id).spec.routable ? 1 : 0;
  }
  return available - 1 < MinAvailable(service, replica.spec.repair);
}

void Fleet::State::WeighWishes(Service& service) {
  std::optional<Rotations> rotations;  // derived for the first wish that there is
  bool is_waiting = false;
  for (auto& [id, replica] : service.replicas) {
    replica.wish = WishFor(service, replica);
    replica.hold = {};
    if (!replica.wish) continue;
    if (!rotations) rotations = RotationsOf(service);
    replica.hold = HoldFor(service, replica, *rotations);
    if (!replica.hold.code.empty()) continue;
    replica.hold.code = "host-limit";
    is_waiting = true;
  }
  if (is_waiting) {
    waiting_.insert(service.name);
  } else {
    waiting_.erase(service.name);
  }
}

// Whoever stands on one that waits, too, has his turn after that one.
Replica* Fleet::State::OldestCandidate(Service& service) {
  const auto is_waiting = [](const Replica&, const Replica& ground) {
    return ground.hold.code == "host-limit";
  };
  Replica* oldest = nullptr;
  for (auto& [id, replica] : service.replicas) {
    if (replica.hold.code != "host-limit") continue;
    if (oldest && replica.wish->since >= oldest->wish->since) continue;
    if (!GroundOf(replica, is_waiting)) oldest = &replica;
  }
  return oldest;
}

// Of those that wait for nothing else: whose turn it is (host_turns.h), then the oldest wish.
void Fleet::State::GrantTurns() {
  while (may_act()) {
    Service* next = nullptr;
    Replica* chosen = nullptr;
    for (const ServiceName& name : waiting_) {
      if (!turns_.HasPlaceFor(name.project, now_)) continue;
      Service& service = services_.at(name);
      Replica* candidate = OldestCandidate(service);
      if (!candidate) continue;
      const auto rank = std::pair(turns_.RankOf(name), candidate->wish->since);
      if (next && rank >= std::pair(turns_.RankOf(next->name), chosen->wish->since)) continue;
      next = &service;
      chosen = candidate;
    }
    if (!next) return;
    Touch(*next);
    Permit(*next, *chosen,
           {.kind = chosen->wish->kind,
            .cause = chosen->wish->cause,
            .actor = "fairlead",
            .by_operator = false,
            .leaves_stopped = chosen->wish->kind == ActKind::kStop,
            .command = {}});
    brake_.TrialPermitted(now_);
    WeighWishes(*next);
    // Who stands on it and was about to have a turn in this step has to wait for it now.
    for (const ServiceName& name : std::set(waiting_)) {
      if (dirty_.contains(name)) WeighWishes(services_.at(name));
    }
  }
}

}  // namespace fairlead::fleet
