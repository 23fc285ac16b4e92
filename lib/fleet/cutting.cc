// Cutting callers loose: who waits in vain on a replica that fell silent is reset, so that his
// retry policy sends the call elsewhere and he does not wait out his deadline.
//
// Why so late: a reset cannot be taken back. So `fall` checks have ended without an answer, the
// list without the replica was pushed and taken, somebody else is in it, and what it serves has a
// policy that sends calls again; and the brake is off. Which connections qualify is judged where
// they are seen (netdiag/waiting_callers.h).
#include <algorithm>

#include <fmt/format.h>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

bool IsUnanswering(const Replica& replica) {
  const HealthTracker& health = replica.health;
  return replica.is_running() && health.was_ready() && health.is_silent() &&
         health.failure() == spec::CheckClass::kTimeout &&
         health.timeouts() >= replica.spec.health.fall;
}

bool IsWanted(const Service& service, const Replica& replica) {
  if (replica.spec.cut != spec::Cut::kAuto) return replica.spec.cut == spec::Cut::kOn;
  return service.view && service.view->traffic.retry.enabled();
}

// Behind a published port nobody knows whether what is silent is the replica.
bool IsSeenItself(const Replica& replica) {
  return replica.spec.routable && replica.target && !replica.target->is_published &&
         replica.facts.pid > 0;
}

std::string WhatWasCut(const Replica& replica, const CallersCut& event) {
  const std::string left =
      event.left == 0
          ? ""
          : fmt::format("; {} {} left, because answers still come there or are not taken",
                        event.left, event.left == 1 ? "was" : "were");
  if (!event.outcome) {
    return fmt::format("{}: callers that wait on it cannot be cut loose: {}", replica.name,
                       event.outcome.error().message);
  }
  if (event.reset == 0) return replica.name + ": no caller waits on it in vain" + left;
  return fmt::format("{}: {} of its callers' connections {} reset, for it answers nobody{}",
                     replica.name, event.reset, event.reset == 1 ? "was" : "were", left);
}

}  // namespace

// When its callers may be cut loose; none: not as things are.
std::optional<TimePoint> Fleet::State::CutDue(const Service& service,
                                              const Replica& replica) const {
  if (!may_act() || options_.observe_only || replica.are_callers_cut || !replica.absent_since)
    return std::nullopt;
  if (!IsUnanswering(replica) || !IsWanted(service, replica) || !IsSeenItself(replica))
    return std::nullopt;
  // Whoever is reset is sent to the others, and where so many fail at once it is not to blame.
  const bool has_others = service.view && !service.view->endpoints.empty();
  if (!has_others || brake_.holds_lists()) return std::nullopt;
  TimePoint due = IsAdoptedWithout(service, replica) ? replica.absent_at
                                                     : replica.absent_at + kAdoptionBeforeCut;
  if (service.last_cut) due = std::max(due, *service.last_cut + kCutsApart);
  return due;
}

void Fleet::State::CutCallersOf(Service& service) {
  for (auto& [id, replica] : service.replicas) {
    if (!replica.health.is_silent()) replica.are_callers_cut = false;
    const std::optional<TimePoint> due = CutDue(service, replica);
    if (!due || *due > now_) continue;
    replica.are_callers_cut = true;
    service.last_cut = now_;
    const spec::TlsSpec& tls = replica.spec.traffic.tls;
    const bool is_strict = tls.is_on() && tls.mode == spec::TlsMode::kStrict;
    effects_.cuts.push_back({.generation = replica.generation(),
                             .pid = replica.facts.pid,
                             .ip = replica.target->ip,
                             .port = is_strict ? tls.port : replica.spec.port,
                             .unanswered_for = now_ - replica.health.unanswered_since()});
  }
}

void Fleet::State::Apply(const CallersCut& event) {
  const Found found = Find(event.generation);
  if (!found) return;
  const Replica& replica = *found.replica;
  const std::string code = !event.outcome ? "failed" : event.reset > 0 ? "cut" : "none";
  Note& note =
      AddNote(NoteKind::kCallersCut, *found.service, &replica, code, WhatWasCut(replica, event));
  note.actor = "fairlead";
  note.cause = WhyVerdict(replica);
  note.outcome = event.outcome ? "succeeded" : event.outcome.error().message;
}

}  // namespace fairlead::fleet
