// Explain: the core's decisions about one replica, each with the values that it was taken on.
//
// Nothing is decided here: what is in or out comes from rotation.cc, what holds a repair from
// repair.cc, what an act waits for from the act itself.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error_reasons.h"
#include "base/text.h"
#include "fleet/endpoint.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

constexpr std::size_t kServicesShown = 5;

// What a repair of it would be, if one was asked for.
Wish WishToWeigh(const Replica& replica) {
  if (replica.wish) return *replica.wish;
  Wish wish;
  const bool evicts = replica.spec.repair.mode == spec::RepairMode::kEvict;
  const bool is_up = replica.facts.status == EngineStatus::kRunning;
  wish.kind = !is_up ? ActKind::kStart : evicts ? ActKind::kStop : ActKind::kRestart;
  return wish;
}

std::string StageText(const CurrentAct& act, TimePoint now) {
  const std::string_view kind = ActKindName(act.entry.kind);
  const auto left = std::chrono::ceil<std::chrono::seconds>(std::max(act.stage_ends - now, {}));
  switch (act.stage) {
    case ActStage::kDraining:
      return fmt::format("{} when no caller is connected any more ({}), after {} at the latest",
                         kind,
                         act.callers ? fmt::format("{} are", *act.callers) : "not counted yet",
                         FormatDuration(left));
    case ActStage::kActing:
      return fmt::format("{} is under way; the engine has {} to answer", kind,
                         FormatDuration(left));
    case ActStage::kVerifying:
      return fmt::format("{} is done; it has {} to become ready, else it counts as failed", kind,
                         FormatDuration(left));
  }
  return "";
}

}  // namespace

std::vector<const Service*> Fleet::State::ServicesNamed(const std::string& text) const {
  std::vector<const Service*> found;
  for (const auto& [name, service] : services_) {
    if (service.replicas.empty() && !service.view) continue;
    if (name.Text() == text) return {&service};
    if (name.service == text) found.push_back(&service);
  }
  return found;
}

Result<Explanation> Fleet::State::Explain(const std::string& name) {
  const std::vector<const Service*> services = ServicesNamed(name);
  if (services.size() > 1) {
    std::string names;
    for (std::size_t i = 0; i < std::min(services.size(), kServicesShown); ++i)
      names += (i == 0 ? "" : ", ") + services[i]->name.Text();
    return Fail(
        Code::kInvalidArgument,
        fmt::format("explain {}: more than one project has it; give one of {}{}",
                    Printable(name, 80), names, services.size() > kServicesShown ? " ..." : ""),
        {.reason = reasons::kAmbiguousName, .subject = "name"});
  }
  const Service* service = services.empty() ? nullptr : services.front();
  const Replica* only = nullptr;  // the one that is asked about; none: all
  if (!service) {
    const Result<Found> found = Resolve(name);
    if (!found && found.error().reason == reasons::kNoSuchReplica) {
      return Fail(
          Code::kNotFound,
          fmt::format("explain {}: there is no such replica or service; `fairlead replicas` "
                      "lists them, `fairlead status` shows what is not managed, and why",
                      Printable(name, 80)),
          {.reason = reasons::kNoSuchReplica, .subject = Printable(name, 80)});
    }
    if (!found) return std::unexpected(found.error());
    service = found->service;
    only = found->replica;
  }
  const Rotations rotations = RotationsOf(*service);
  Explanation explanation;
  explanation.service = Report(service->name).value_or(ServiceReport{.name = service->name});
  explanation.measures = MeasuresOf(*service);
  explanation.is_of_service = only == nullptr;
  const bool is_whole = only || service->replicas.size() == 1;
  for (const ReplicaReport& report : explanation.service.replicas) {
    const Replica& replica = service->replicas.at(report.generation.id);
    if (only && only != &replica) continue;
    explanation.replicas.push_back(ExplanationOf(*service, replica, rotations, is_whole));
  }
  return explanation;
}

ReplicaExplanation Fleet::State::ExplanationOf(const Service& service, const Replica& replica,
                                               const Rotations& rotations, bool is_whole) const {
  const Rotation& rotation = rotations.at(replica.facts.id);
  ReplicaExplanation out;
  out.report = ReportOf(service, replica, rotation);
  out.rotation = WhyRotation(service, replica, rotation);
  out.next = NextStepOf(replica);
  out.holds = HoldsOf({service, replica, WishToWeigh(replica), rotations});
  if (const Place* place = service.place_of(replica))
    out.acts.assign(place->acts.rbegin(), place->acts.rend());
  if (replica.spec.routable)
    out.endpoint = EndpointOf(replica, ReachOfReplica(replica), rotation.is_panic);
  if (!is_whole) {
    std::erase_if(out.holds, [](const WeighedHold& hold) { return !hold.holds; });
    return out;
  }
  out.measures = MeasuresOf(service, replica, rotation);
  out.checks = replica.recent_checks.Newest();
  return out;
}

NextStep Fleet::State::NextStepOf(const Replica& replica) const {
  NextStep next;
  next.state = RepairCode(replica);
  if (replica.act) {
    next.act = ActKindName(replica.act->entry.kind);
    next.text = fmt::format("{}, because of {}", StageText(*replica.act, now_),
                            Printable(replica.act->entry.cause));
    next.at = replica.act->stage_ends;
    return next;
  }
  if (replica.wish) {
    next.act = ActKindName(replica.wish->kind);
    next.text = RepairText(replica);
    next.at = replica.hold.until;
    return next;
  }
  if (!replica.is_running()) {
    next.text =
        replica.departure.Code().empty()
            ? fmt::format("nothing while it is {}", PresenceName(replica.presence()))
            : fmt::format("nothing: {} ({})", WhatFollows(replica), replica.departure.Code());
    return next;
  }
  const bool evicts = replica.spec.repair.mode == spec::RepairMode::kEvict;
  next.act = ActKindName(evicts ? ActKind::kStop : ActKind::kRestart);
  if (replica.spec.health.protocol == spec::HealthProtocol::kDocker) {
    next.text = next.act + " when the engine's health check says unhealthy";
    return next;
  }
  if (!IsChecked(replica.spec.health.protocol)) {
    next.text = "start when its process ends by a failure; it is not checked";
    return next;
  }
  const int more = replica.spec.liveness.fall - replica.health.liveness_failures();
  next.text = fmt::format("{} after {} more failures in a row of refused, reset, timeout or closed",
                          next.act, more);
  if (replica.spec.liveness.service)
    next.text += ", or NOT_SERVING of " + Printable(*replica.spec.liveness.service, 80);
  if (replica.health.is_starting(now_)) next.at = replica.health.start_period_ends();
  return next;
}

std::vector<Measure> Fleet::State::MeasuresOf(const Service& service) const {
  std::vector<Measure> measures;
  bool is_panic = service.is_panic;
  const Rotations rotations = RotationsOf(service, is_panic);
  const auto in =
      std::ranges::count_if(rotations, [](const auto& one) { return one.second.is_in; });
  measures.push_back({"phase", std::string(PhaseName(phase_)),
                      stale_reason_.empty() ? "engine and first checks" : stale_reason_});
  measures.push_back(
      {"in rotation", fmt::format("{} of {}", in, rotations.size()), "derived from each replica"});
  measures.push_back({"panic",
                      fmt::format("{}, below {} % of those that were ready",
                                  is_panic ? "on" : "off", options_.panic_threshold_percent),
                      "policy.panic_threshold"});
  measures.push_back({"brake",
                      fmt::format("{}{}", BrakeStateName(brake_.state()),
                                  brake_.holds_lists() ? ": " + brake_.reason() : ""),
                      fmt::format("{} of {} checked replicas of this host fail", failing_.size(),
                                  countable_.size())});
  if (service.view) {
    measures.push_back(
        {"list",
         fmt::format("revision {}, adopted by every client: {}", service.view->revision,
                     service.adopted ? std::to_string(*service.adopted) : "none yet"),
         "acknowledgements of xDS clients"});
  }
  if (const Replica* newest = service.newest()) {
    measures.push_back({"must stay available",
                        std::to_string(MinAvailable(service, newest->spec.repair)),
                        "fairlead.repair.min-available"});
  }
  measures.push_back(
      {"repairs under way on this host",
       fmt::format("{} of {}", turns_.TakenFor(service.name.project, now_), turns_.places()),
       "policy.max_concurrent_repairs"});
  return measures;
}

std::vector<Measure> Fleet::State::MeasuresOf(const Service& service, const Replica& replica,
                                              const Rotation& rotation) const {
  const HealthTracker& health = replica.health;
  const spec::HealthSpec& asked = replica.spec.health;
  std::vector<Measure> measures;
  measures.push_back({"container", std::string(PresenceName(replica.presence())),
                      "inspect of " + Printable(replica.facts.name, 80)});
  if (replica.is_process_gone()) {
    measures.push_back(
        {"process", "has ended", replica.gone_until ? "the engine's event" : "the kernel (pidfd)"});
  }
  if (replica.target) {
    measures.push_back({"asked at", fmt::format("{}:{}", replica.target->ip, replica.target->port),
                        replica.target->is_published ? "published port"
                        : replica.target->inside     ? "from inside its network"
                                                     : "inspect"});
    measures.push_back({"failures in a row",
                        fmt::format("{}, out from {}", health.failures(), asked.fall),
                        "fairlead.health.fall"});
    measures.push_back(
        {"liveness failures in a row",
         fmt::format("{}, repair from {}", health.liveness_failures(), replica.spec.liveness.fall),
         "fairlead.liveness.fall"});
  } else {
    const std::string_view why = !replica.is_running() ? "it does not run"
                                 : IsChecked(replica.spec.health.protocol)
                                     ? "no address that this host reaches"
                                     : "fairlead.health.protocol";
    measures.push_back({"asked at", "nobody is asked", std::string(why)});
  }
  const auto left = health.start_period_ends() - now_;
  if (health.is_starting(now_)) {
    measures.push_back({"start period",
                        "ends in " + FormatDuration(std::chrono::ceil<std::chrono::seconds>(left)),
                        "fairlead.health.start-period"});
  }
  if (health.suspect() != spec::Suspect::kNone)
    measures.push_back({"suspicion", health.suspicion_evidence(), "answers of the last checks"});
  if (replica.flap_hold.hold() > Duration::zero()) {
    measures.push_back(
        {"held down after flapping", FormatDuration(replica.flap_hold.hold()),
         fmt::format("more than {} leavings in {}", kFlapsFree, FormatDuration(kFlapWindow))});
  }
  measures.push_back({"weight", std::to_string(replica.spec.weight), "fairlead.weight"});
  std::string priority = std::to_string(replica.spec.priority);
  if (rotation.takers) {
    priority +=
        fmt::format(", stands by for {} of {}", rotation.takers->count, rotation.takers->priority);
  }
  measures.push_back({"priority", std::move(priority), "fairlead.priority"});
  if (service.view && !replica.absent_since) {
    measures.push_back(
        {"in the list of callers", "yes", fmt::format("revision {}", service.view->revision)});
  } else if (service.view) {
    measures.push_back(
        {"in the list of callers", fmt::format("no, since revision {}", *replica.absent_since),
         IsAdoptedWithout(service, replica) ? "every client has taken a list without it"
                                            : "not every client has taken a list without it"});
  }
  return measures;
}

}  // namespace fairlead::fleet
