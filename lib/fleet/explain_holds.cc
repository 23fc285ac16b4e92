// What each reason that may hold a repair is weighed by, and what a person can do about it.
//
// Whether it holds is repair.cc's word (`Weigh`); here stand the values that it looked at.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

std::vector<WeighedHold> Fleet::State::HoldsOf(const Weighing& weighing) const {
  std::vector<WeighedHold> holds;
  for (const HoldReason reason : kHoldReasons) {
    const Hold hold = Weigh(reason, weighing);
    const bool is_held = !hold.code.empty();
    holds.push_back({.code = is_held ? hold.code : std::string(HoldReasonName(reason)),
                     .holds = is_held,
                     .until = hold.until,
                     .measured = MeasuredFor(reason, weighing),
                     .advice = is_held ? AdviceOn(reason, weighing) : ""});
  }
  const int taken = turns_.TakenFor(weighing.service.name.project, now_);
  const bool is_full = taken >= turns_.places();
  holds.push_back(
      {.code = "host-limit",
       .holds = is_full,
       .until = turns_.NextPlaceFor(weighing.service.name.project, now_),
       .measured = fmt::format("{} of {} repairs under way: policy.max_concurrent_repairs", taken,
                               turns_.places()),
       .advice = is_full
                     ? "nothing; projects take turns, in each its services, the oldest wish first"
                     : ""});
  return holds;
}

std::string Fleet::State::MeasuredFor(HoldReason reason, const Weighing& weighing) const {
  const auto& [service, replica, wish, rotations] = weighing;
  const spec::RepairSpec& repair = replica.spec.repair;
  const Place* place = service.place_of(replica);
  switch (reason) {
    case HoldReason::kNotManaged:
      return fmt::format("fairlead's own container: {}; AutoRemove: {}",
                         replica.facts.id == options_.self, replica.facts.auto_remove);
    case HoldReason::kEngineAway:
    case HoldReason::kViewStale:
      return fmt::format("phase {}", PhaseName(phase_));
    case HoldReason::kOverslept:
      return IsLookingAround() ? "fairlead stood still, and hears first what happened meanwhile"
                               : "fairlead has not stood still just now";
    case HoldReason::kOperatorStopped:
      return fmt::format("presence {}", PresenceName(replica.presence()));
    case HoldReason::kEngineRestartPolicy:
      return fmt::format("status {}, restart policy {}, restarted by the engine {} times",
                         PresenceName(replica.presence()),
                         replica.facts.restart_policy == RestartPolicy::kNo ? "no" : "set",
                         replica.facts.restart_count);
    case HoldReason::kSuperseded: {
      const Replica* successor = service.successor_of(replica);
      return successor ? "a newer container in its place: " + Printable(successor->facts.name, 80)
                       : "no newer container in its place";
    }
    case HoldReason::kObserve:
      return fmt::format("policy.observe_only={}, fairlead.repair={}", options_.observe_only,
                         repair.mode == spec::RepairMode::kObserve ? "observe"
                         : repair.mode == spec::RepairMode::kEvict ? "evict"
                                                                   : "restart");
    case HoldReason::kRepairsPaused:
      return fmt::format("{} pauses cover it", pauses_.Over(service.name, replica.place).size());
    case HoldReason::kCascadeBusy: {
      const Replica* const ground = MovingGround(replica);
      return ground ? ground->name + " is being repaired" : "what it stands on is at rest";
    }
    case HoldReason::kNamespaceShared: {
      const std::string sharers = StrandedSharersOf(replica);
      return sharers.empty() ? "nobody would lose its network"
                             : "would lose their network: " + sharers;
    }
    case HoldReason::kBrake:
      return fmt::format("brake {}, {} of {} checked replicas of this host fail",
                         BrakeStateName(brake_.state()), failing_.size(), countable_.size());
    case HoldReason::kBackingOff:
      return fmt::format("fairlead.repair.backoff={}, backoff-max={}",
                         FormatDuration(repair.backoff), FormatDuration(repair.backoff_max));
    case HoldReason::kBudget:
      return fmt::format("{} of {} repairs spent in {}: fairlead.repair.max-restarts, .window",
                         place ? place->budget.SpentInWindow(repair, now_) : 0, repair.max_restarts,
                         FormatDuration(repair.window));
    case HoldReason::kMinAvailable: {
      const auto available = std::ranges::count_if(rotations, [&](const auto& one) {
        return one.second.is_available() && service.replicas.at(one.first).spec.routable;
      });
      return fmt::format("{} available, {} must stay{}: fairlead.repair.min-available", available,
                         MinAvailable(service, repair),
                         rotations.at(replica.facts.id).is_available()
                             ? ""
                             : ", and it is not among the available");
    }
  }
  return "";
}

std::string Fleet::State::AdviceOn(HoldReason reason, const Weighing& weighing) const {
  const Replica& replica = weighing.replica;
  switch (reason) {
    case HoldReason::kNotManaged:
      return "restart it by hand: fairlead repairs neither itself nor what goes when it stops";
    case HoldReason::kEngineAway:
      return "look at the engine: `fairlead status` says since when and why it is away";
    case HoldReason::kViewStale:
      return "wait for phase serving; `fairlead status` says what is missing";
    case HoldReason::kOverslept:
      return "nothing; see why its process was stopped, or the host has no time for it";
    case HoldReason::kOperatorStopped:
      return "nothing: somebody is stopping it; `docker start` brings it back";
    case HoldReason::kEngineRestartPolicy:
      return "nothing: the engine starts it by its restart policy";
    case HoldReason::kSuperseded:
      return "nothing: the newer container takes its place";
    case HoldReason::kObserve:
      return "set fairlead.repair=restart and policy.observe_only=false, or restart it: fairlead "
             "restart " +
             replica.name;
    case HoldReason::kRepairsPaused:
      return WhyPaused(weighing.service.name, replica);
    case HoldReason::kCascadeBusy:
      return "wait for that repair";
    case HoldReason::kNamespaceShared:
      return "set fairlead.repair.cascade=true, or restart them together by hand, this one first: "
             "fairlead restart " +
             replica.name + " --force --reason TEXT";
    case HoldReason::kBrake:
      return "find what all of them have in common; people may act: fairlead restart " +
             replica.name;
    case HoldReason::kBackingOff:
      return "wait, or restart it now: fairlead restart " + replica.name;
    case HoldReason::kBudget:
      return "restarts have not helped: look at its logs, then fairlead restart " + replica.name;
    case HoldReason::kMinAvailable:
      return "run more replicas, lower fairlead.repair.min-available, or fairlead restart " +
             replica.name + " --force --reason TEXT";
  }
  return "";
}

}  // namespace fairlead::fleet
