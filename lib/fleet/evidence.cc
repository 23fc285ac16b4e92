// Evidence about a generation: checks, the end of its process, acts of others, what became of ours.
// Everything that names an earlier generation, or a container we do not know, is dropped here.
#include <utility>

#include "fleet/limits.h"
#include "fleet/state.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::fleet {

void Fleet::State::Apply(const ProbeFinished& event) {
  const Found found = Find(event.generation);
  // An answer that was on its way when checks were ended belongs to nothing any more.
  if (!found || !found.replica->target) return;
  Replica& replica = *found.replica;
  // Nor does one from an address that it had before.
  const std::string& asked_ip = event.outcome.asked_ip;
  if (!asked_ip.empty() && asked_ip != replica.target->ip) return;
  const bool is_serving = event.outcome.check_class == spec::CheckClass::kServing;
  // One more pass of what is ready, by far the most frequent event, decides nothing.
  const bool is_news =
      !is_serving || !replica.health.is_steady() || replica.health.IsNews(event.outcome.liveness);
  const bool was_name_unknown = replica.health.is_liveness_name_unknown();
  replica.health.Observe(event.outcome, now_);
  replica.recent_checks.Observe(event.outcome, now_);
  if (replica.health.is_liveness_name_unknown() && !was_name_unknown) {
    AddNote(NoteKind::kDiagnostic, *found.service, &replica,
            std::string(spec::codes::kLivenessNameUnknown),
            replica.name +
                " does not know the health name of fairlead.liveness.service: it is not "
                "repaired because of it");
  }
  if (!is_news) {
    effects_.reports_changed.push_back(found.service->name);
    return;
  }
  Touch(*found.service);
  if (is_serving && replica.health.is_rising()) {
    effects_.checks.emplace_back(CheckSoon{event.generation, kRiseCheckSpacing});
  }
}

void Fleet::State::Apply(const ConnectionClosed& event) {
  if (const Found found = Find(event.generation)) found.replica->health.ConnectionClosed();
}

void Fleet::State::Apply(const SuspicionChanged& event) {
  const Found found = Find(event.generation);
  if (!found || !found.replica->target) return;
  const std::string& asked_ip = event.news.asked_ip;
  if (!asked_ip.empty() && asked_ip != found.replica->target->ip) return;
  Touch(*found.service);
  found.replica->health.ObserveSuspicion(event.news);
}

void Fleet::State::Apply(const TransportRefused& event) {
  const Found found = Find(event.generation);
  if (!found || found.replica->health.refuses_transport()) return;
  found.replica->health.RefuseTransport();
  AddNote(NoteKind::kDiagnostic, *found.service, found.replica,
          std::string(spec::codes::kPingRefused),
          found.replica->name +
              " ended the connection of the checks because of fairlead.health.ping: it is not "
              "asked that way any more");
}

void Fleet::State::Apply(const CanaryChanged& event) {
  canary_trouble_ = event.passes ? "" : event.detail.empty() ? "no answer" : event.detail;
}

void Fleet::State::Apply(const ProcessExited& event) {
  const Found found = Find(event.generation);
  if (!found) return;
  Replica& replica = *found.replica;
  if (!replica.is_process_gone()) Touch(*found.service);
  replica.gone_until.reset();
  if (!replica.process_gone_at) replica.process_gone_at = now_;
}

// The engine's own word for a death comes before the inspect that shows it, and may be one of an
// earlier life told late; so it counts for a moment only, and not for a life that has just begun.
void Fleet::State::HearOfDeath(Service& service, Replica& replica) {
  replica.is_unconfirmed = false;  // it ended before our ears
  const bool is_fresh = now_ - replica.life_seen_at < kDepartureGrace;
  if (!replica.is_running() || is_fresh || phase_ == Phase::kConfigured) return;
  Touch(service);
  replica.gone_until = now_ + kDepartureGrace;
}

void Fleet::State::Apply(const ForeignActSeen& event) {
  const Found found = Find(event.id);
  if (!found) KeepForInspect(event);
  if (!found || IsOurs(*found.replica)) return;
  Replica& replica = *found.replica;
  // Inspect was quicker than the stream: what ended an earlier life asks nothing of this one.
  if (IsOfEarlierLife(event.engine_ns, replica.facts)) return;
  // What is told again of the time before we started may be an act of our own earlier life.
  if (phase_ == Phase::kConfigured && earlier_acts_.contains(replica.generation())) return;
  if (event.verb == "die") {
    HearOfDeath(*found.service, replica);
    return;
  }
  Touch(*found.service);
  const ForeignAct act = ForeignActOf(event);
  // A restart is told when it is over, and a pause ends nothing: inspect says what they came to.
  if (act.verb != "kill" && act.verb != "stop" && act.verb != "destroy") return;
  const bool is_stop = IsStopSignal(act, replica.facts);
  if (is_stop || !replica.foreign || !IsStopSignal(*replica.foreign, replica.facts)) {
    replica.foreign = act;
  }
  if (replica.death) {
    // Told after the death was seen; a stop of what is already down means "leave it down". The
    // kill that came before it says more than the stop that ends the same act.
    const bool is_known = replica.death->foreign && !replica.death->ours &&
                          IsStopSignal(*replica.death->foreign, replica.facts) && !is_stop;
    if (is_known) return;
    replica.death->foreign = act;
    replica.death->ours.reset();
    if (act.verb != "kill") replica.death->foreign->at = replica.death->at;
    replica.departure = {};
    return;
  }
  if (replica.is_running() && is_stop) MarkStopping(replica, act);
}

ForeignAct Fleet::State::ForeignActOf(const ForeignActSeen& event) const {
  return {.at = now_,
          .done_at = now_ - event.ago,
          .verb = event.verb,
          .signal = event.signal,
          .engine_ns = event.engine_ns};
}

// It has its stop timeout from when it was told to stop. Of what happened while the stream was away
// nobody knows whether the clock was set meanwhile: that may as well be just now.
void Fleet::State::MarkStopping(Replica& replica, const ForeignAct& act) {
  const TimePoint since = phase_ == Phase::kStale ? now_ : act.done_at;
  const TimePoint until = since + OwnStopTimeout(replica.facts) + kStopSlack;
  if (until <= now_) return;
  replica.stopping_until = until;
  replica.stop_look_at = until - kStopSlack / 2;
}

void Fleet::State::Apply(const ViewAdopted& event) {
  const auto found = services_.find(event.service);
  if (found == services_.end() || !found->second.view) return;
  Service& service = found->second;
  if (event.revision > service.view->revision) return;
  if (service.adopted && *service.adopted >= event.revision) return;
  Touch(service);
  service.adopted = event.revision;
  TouchNamespaceOwners(service);
}

void Fleet::State::Apply(const ActionFinished& event) {
  const Found found = Find(event.generation.id);
  if (!found || !found.replica->act) return;
  CurrentAct& act = *found.replica->act;
  if (act.entry.id != event.act || act.stage != ActStage::kActing) return;
  Touch(*found.service);
  act.outcome = event.outcome;
}

void Fleet::State::Apply(const TrafficObserved& event) {
  const Found found = Find(event.generation);
  if (!found || !found.replica->act || found.replica->act->stage != ActStage::kDraining) return;
  CurrentAct& act = *found.replica->act;
  act.callers = event.client_connections;
  // Before adoption "none" may only mean "none yet".
  if (event.client_connections != 0 || !IsAdoptedWithout(*found.service, *found.replica)) return;
  Touch(*found.service);
  act.is_quiet = true;
}

}  // namespace fairlead::fleet
