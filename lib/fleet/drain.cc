// A drain: what an act waits for between leaving the list and touching the container, and what
// people are told of that wait.
//
// Why: callers that have the old list still send, and calls in flight still run. The wait ends with
// the best evidence at hand, and an operator must see which evidence that was: "it took 10 s,
// because two callers do not use fairlead's lists".
// Invariant: callers are counted from the permission until the act begins or is dropped.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

// Out already and known to be, with calls in flight that had their time, or that hang anyway.
bool Fleet::State::HasNothingToWaitFor(const Service& service, const Replica& replica) const {
  if (!IsAdoptedWithout(service, replica)) return false;
  const bool may_answer = replica.health.was_ready() && !replica.health.is_silent();
  return !may_answer || now_ - replica.rotation_since >= replica.spec.drain_timeout;
}

void Fleet::State::BeginDrain(const Service& service, Replica& replica) {
  CurrentAct& act = *replica.act;
  act.stage_ends = now_ + replica.spec.drain_timeout;
  if (!replica.is_running()) {
    act.drain_end = DrainEnd::kNotRunning;
  } else if (!replica.spec.routable) {
    act.drain_end = DrainEnd::kNoMember;
  } else if (HasNothingToWaitFor(service, replica)) {
    act.drain_end = DrainEnd::kWasOut;
  } else if (const auto ip = replica.target ? replica.target->ip : ReachOfReplica(replica).ip()) {
    act.is_counting = true;
    const spec::TlsSpec& tls = replica.spec.traffic.tls;
    const bool has_tls_port = tls.is_on() && tls.port != replica.spec.port;
    effects_.traffic.emplace_back(
        BeginTrafficWatch{.generation = replica.generation(),
                          .pid = replica.facts.pid,
                          .ip = *ip,
                          .port = replica.spec.port,
                          .tls_port = has_tls_port ? tls.port : std::uint16_t{0}});
  }
}

void Fleet::State::EndTrafficCount(CurrentAct& act) {
  if (!std::exchange(act.is_counting, false)) return;
  effects_.traffic.emplace_back(EndTrafficWatch{act.entry.generation});
}

DrainEnd Fleet::State::DrainEndOf(const Service& service, const Replica& replica) const {
  const CurrentAct& act = *replica.act;
  if (act.drain_end != DrainEnd::kOpen) return act.drain_end;
  if (act.is_quiet) return DrainEnd::kNoCallers;
  if (act.stage_ends > now_) return DrainEnd::kOpen;
  return IsAdoptedWithout(service, replica) ? DrainEnd::kTime : DrainEnd::kTimeNotTaken;
}

void Fleet::State::AdvanceDrains(Service& service) {
  if (!may_act()) return;
  for (auto& [id, replica] : service.replicas) {
    if (!replica.act || replica.act->stage != ActStage::kDraining) continue;
    // Still told to callers: the view without it comes first.
    if (replica.spec.routable && !replica.absent_since) continue;
    replica.act->drain_end = DrainEndOf(service, replica);
    const bool is_over = replica.act->drain_end != DrainEnd::kOpen;
    if (is_over && (replica.act->stage_ends <= now_ || AreLodgersOut(replica)))
      BeginActing(replica);
  }
}

std::string Fleet::State::WhyDrained(const Replica& replica) const {
  const CurrentAct& act = *replica.act;
  const std::string limit = FormatDuration(replica.spec.drain_timeout);
  switch (act.drain_end) {
    case DrainEnd::kOpen:
      break;
    case DrainEnd::kNotRunning:
      return "no drain: it does not run";
    case DrainEnd::kNoMember:
      return "no drain: it is no member of a service";
    case DrainEnd::kWasOut:
      return "no drain: already out and adopted";
    case DrainEnd::kNoCallers:
      return fmt::format("drained in {}: no caller is connected any more",
                         FormatDuration(std::chrono::ceil<std::chrono::milliseconds>(
                             now_ - act.entry.permitted_at)));
    case DrainEnd::kTimeNotTaken:
      return fmt::format(
          "drain.timeout of {} passed: not every client has taken the list without it", limit);
    case DrainEnd::kTime:
      if (!act.callers) {
        return fmt::format("nobody could count its callers: waited drain.timeout of {}", limit);
      }
      return fmt::format(
          "drain.timeout of {} passed: {} callers still connected (calls that last longer, or "
          "callers that do not use fairlead's lists)",
          limit, *act.callers);
  }
  return "drain not over";
}

}  // namespace fairlead::fleet
