// Containers come, change and go: inspect is the only source of what a container is.
#include <fmt/format.h>

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/state.h"
#include "spec/replica_name.h"

namespace fairlead::fleet {
namespace {

bool HasRun(const ContainerFacts& facts) {
  return facts.status != EngineStatus::kCreated;
}

bool IsDown(const ContainerFacts& facts) {
  return facts.status == EngineStatus::kExited || facts.status == EngineStatus::kDead ||
         facts.status == EngineStatus::kRemoving || facts.status == EngineStatus::kRestarting;
}

}  // namespace

void Fleet::State::Apply(const ContainerObserved& event) {
  const ContainerId& id = event.facts.id;
  Remember(event);
  TouchNamespaceSharers(id);
  if (!event.reading.opted_in || !event.reading.spec) {
    Leave(id);
    return;
  }
  const auto named = index_.find(id);
  if (named != index_.end() && named->second != event.reading.spec->name) Leave(id);
  if (!index_.contains(id)) {
    Join(event);
    return;
  }
  const Found found = Find(id);
  Touch(*found.service);
  found.replica->spec = *event.reading.spec;
  NoteCascade(*found.replica);
  found.replica->ended_at = event.ended_at;
  TakeFacts(*found.service, *found.replica, event.facts);
}

void Fleet::State::Apply(const ContainerGone& event) {
  Forget(event.id);
  TouchNamespaceSharers(event.id);
  Leave(event.id);
}

void Fleet::State::Join(const ContainerObserved& event) {
  const spec::ServiceSpec& spec = *event.reading.spec;
  Service& service = ServiceNamed(spec.name);
  Touch(service);
  service.empty_since.reset();
  index_[event.facts.id] = spec.name;
  Replica& replica = service.replicas[event.facts.id];
  replica.facts = event.facts;
  replica.ended_at = event.ended_at;
  replica.spec = spec;
  NoteCascade(replica);
  replica.place = spec::ReplicaName(spec, event.facts.id);
  replica.rotation_since = now_;
  replica.life_seen_at = now_;
  replica.restarts_at_begin = replica.facts.restart_count;
  service.at_place[replica.place].insert(event.facts.id);
  if (service.view) {
    replica.absent_since = service.view->revision;
    replica.absent_at = now_;
  }
  NameReplicas(service, replica.place);
  AddNote(NoteKind::kReplicaSeen, service, &replica, std::string(PresenceName(replica.presence())),
          fmt::format("{} is container {}, {}", replica.name, Printable(event.facts.name),
                      PresenceName(replica.presence())));
  MarkReplaced(service, replica);
  SettleLeftOpen(replica);
  if (replica.is_running()) {
    BeginLife(service, replica);
    TakeStopUnderWay(replica);
  }
  // What is down at first sight nobody watched dying, unless its end was told: its inspect may have
  // failed until now, long after somebody stopped it.
  if (IsDown(event.facts)) RecordDeath(service, replica, WasReplayed(replica));
  replayed_.erase(event.facts.id);
}

void Fleet::State::Leave(const ContainerId& id) {
  const Found found = Find(id);
  if (!found) return;
  Service& service = *found.service;
  Replica& replica = *found.replica;
  Touch(service);
  if (replica.act) DropAct(service, replica, "the container is gone");
  if (replica.target) effects_.checks.emplace_back(EndChecks{replica.target->generation});
  if (replica.watched_process)
    effects_.processes.emplace_back(EndProcessWatch{*replica.watched_process});
  missing_verdicts_.erase(replica.generation());
  ForgetStop(id);
  LeaveBrake(id);
  AddNote(NoteKind::kReplicaGone, service, &replica, "gone",
          fmt::format("{} is gone: container {} was removed", replica.name,
                      Printable(replica.facts.name)));
  const bool is_place_lasting = replica.spec.compose_number.has_value();
  if (!is_place_lasting && service.intent_of(replica) != IntentKind::kNone) {
    SetIntent(service, replica, IntentKind::kNone, "fairlead", "the container is gone for good");
  }
  const std::string place = replica.place;
  TouchFollowers(replica);
  cascading_.erase(id);
  service.at_place[place].erase(id);
  if (service.at_place[place].empty()) service.at_place.erase(place);
  service.replicas.erase(id);
  index_.erase(id);
  NameReplicas(service, place);
  if (service.replicas.empty()) service.empty_since = now_;
}

// Compose up to 2.15 stops the old container before it makes the new one, so that its stop looked
// like a person's until now.
void Fleet::State::MarkReplaced(Service& service, const Replica& newer) {
  for (const ContainerId& id : service.at_place[newer.place]) {
    Replica& older = service.replicas.at(id);
    const bool is_stopped = older.death && older.death->foreign && older.death->replaced_by.empty();
    if (!is_stopped || !IsNewer(newer, older) || now_ - older.death->at > kRecreateReach) continue;
    older.death->replaced_by = newer.facts.id.value;
    older.departure = {};
  }
}

// A container that shares another's network namespace changes its address with the other.
void Fleet::State::TouchNamespaceSharers(const ContainerId& owner) {
  const auto sharers = namespace_sharers_.find(owner);
  if (sharers == namespace_sharers_.end()) return;
  for (const ContainerId& id : sharers->second) {
    if (const auto named = index_.find(id); named != index_.end()) dirty_.insert(named->second);
  }
}

void Fleet::State::Remember(const ContainerObserved& event) {
  Forget(event.facts.id);
  known_[event.facts.id] = {.facts = event.facts,
                            .is_opted_in = event.reading.opted_in,
                            .diagnostics = event.reading.diagnostics};
  if (const auto owner = NamespaceOwner(event.facts))
    namespace_sharers_[*owner].insert(event.facts.id);
  HoldAddresses(event.facts);
}

// Whoever was thought to have one of these addresses has it no more: it went while nobody looked,
// and what answers there now says nothing about it.
void Fleet::State::HoldAddresses(const ContainerFacts& facts) {
  if (facts.status != EngineStatus::kRunning && facts.status != EngineStatus::kPaused) return;
  for (const NetworkAddress& address : facts.networks) {
    if (address.ip().empty()) continue;
    ContainerId& holder = address_holders_[address.network_id][address.ip()];
    const ContainerId before = std::exchange(holder, facts.id);
    if (before == facts.id || before.value.empty()) continue;
    if (const auto named = index_.find(before); named != index_.end()) dirty_.insert(named->second);
    TouchNamespaceSharers(before);
  }
}

void Fleet::State::Forget(const ContainerId& id) {
  const auto known = known_.find(id);
  if (known == known_.end()) return;
  if (const auto owner = NamespaceOwner(known->second.facts)) {
    const auto sharers = namespace_sharers_.find(*owner);
    sharers->second.erase(id);
    if (sharers->second.empty()) namespace_sharers_.erase(sharers);
  }
  for (const NetworkAddress& address : known->second.facts.networks) {
    const auto network = address_holders_.find(address.network_id);
    if (network == address_holders_.end()) continue;
    const auto holder = network->second.find(address.ip());
    if (holder == network->second.end() || holder->second != id) continue;
    network->second.erase(holder);
    if (network->second.empty()) address_holders_.erase(network);
  }
  known_.erase(known);
}

void Fleet::State::TakeFacts(Service& service, Replica& replica, const ContainerFacts& facts) {
  const ContainerFacts before = std::exchange(replica.facts, facts);
  const bool is_new_life = HasRun(facts) && facts.started_at != before.started_at;
  // A look may fail when the engine is back, so that what was done meanwhile shows only later.
  const bool was_unconfirmed = std::exchange(replica.is_unconfirmed, false);
  const bool was_watched = phase_ != Phase::kStale && !was_unconfirmed;
  if (is_new_life) {
    missing_verdicts_.erase(before.generation());
    NoteRestart(service, replica);
    BeginLife(service, replica);
    if (IsDown(facts)) RecordDeath(service, replica, WasReplayed(replica) || was_watched);
    return;
  }
  if (facts.started_ns == 0) replica.is_start_doubtful = true;
  // What was told when nobody could say when this life began may turn out to be older than it.
  // What was done long after this life was first seen is meant for it, whatever the stamps say.
  const bool is_older = before.started_ns == 0 && replica.foreign &&
                        replica.foreign->done_at - replica.life_seen_at < kLivesToldApart &&
                        IsOfEarlierLife(replica.foreign->engine_ns, facts);
  if (is_older) {
    replica.foreign.reset();
    replica.stopping_until.reset();
  }
  if (IsDown(facts) && !IsDown(before))
    RecordDeath(service, replica, WasReplayed(replica) || was_watched);
  if (before.status == EngineStatus::kPaused && facts.status == EngineStatus::kRunning) {
    // What was asked before the pause says nothing about now.
    ResetHealth(replica, false);
    replica.is_asked_at_once = true;
  }
}

// Whose doing a new life is, where it is the engine's: it counts its own restarts, from the moment
// that it decides on one, which is before the new life begins.
void Fleet::State::NoteRestart(Service& service, const Replica& replica) {
  if (replica.facts.restart_count <= replica.restarts_at_begin) return;
  const std::string cause = replica.departure.Code();
  AddNote(NoteKind::kPresenceChanged, service, &replica, "engine-restart-policy",
          fmt::format("{} was started again by the engine{}: restart policy {}, restart count {}",
                      replica.name, cause.empty() ? "" : " after " + cause,
                      RestartPolicyText(replica.facts), replica.facts.restart_count));
}

void Fleet::State::BeginLife(Service& service, Replica& replica) {
  replica.recent_checks = {};
  replica.flap_hold = {};
  ForgetStop(replica.facts.id);
  const bool is_told = replica.departure.kind == DepartureKind::kOperator;
  replica.process_gone_at.reset();
  replica.gone_until.reset();
  replica.life_seen_at = now_;
  replica.restarts_at_begin = replica.facts.restart_count;
  replica.is_start_unwatched = phase_ == Phase::kConfigured || phase_ == Phase::kStale;
  replica.stopping_until.reset();
  KeepForeignOfThisLife(replica);
  replica.death.reset();
  replica.departure = {};
  replica.departure_evidence.clear();
  replica.ready_since.reset();
  const bool is_verifying = replica.act && replica.act->stage == ActStage::kVerifying;
  const bool is_ours = std::exchange(replica.wants_rise_next, false) || is_verifying;
  replica.is_repaired_life = is_ours || WasRepairedBefore(replica);
  replica.is_start_doubtful = replica.facts.started_ns == 0;
  replica.health = {};  // what the last life showed says nothing about this one
  ResetHealth(replica, is_ours);
  if (is_ours) return;
  // A person who stopped and started it has answered the question that giving up asked.
  if (is_told) replica.has_given_up = false;
  if (replica.act && replica.act->stage == ActStage::kDraining) {
    DropAct(service, replica, "the container was restarted by others");
  }
  // Who started what nobody watched is decided with the full list.
  if (!replica.is_start_unwatched) SettleUnwatchedStart(service, replica, false);
}

// What was told when the last life was over already, or when this one had begun unseen, was meant
// for this one: a person's stop must not be lost between two looks.
void Fleet::State::KeepForeignOfThisLife(Replica& replica) {
  if (!replica.foreign) return;
  const ForeignAct act = *replica.foreign;
  const bool is_dated = act.engine_ns > 0 && replica.facts.started_ns > 0;
  const bool is_told_later = replica.death && act.at > replica.death->at;
  const bool is_for_this_life = !IsOfEarlierLife(act.engine_ns, replica.facts) &&
                                (is_dated || IsDown(replica.facts) || is_told_later);
  if (!is_for_this_life) {
    replica.foreign.reset();
  } else if (is_dated && replica.is_running() && IsStopSignal(act, replica.facts)) {
    MarkStopping(replica, act);
  }
}

// An act of an earlier life of the daemon ended the life before this one.
bool Fleet::State::WasRepairedBefore(const Replica& replica) const {
  if (phase_ != Phase::kConfigured) return false;
  const auto ended = repaired_lives_.find(replica.facts.id);
  return ended != repaired_lives_.end() && ended->second != replica.facts.started_at;
}

// An act that was under way when the daemon ended went on inside the engine, where the container
// lives a new life since and its last one ended in the time of the act. Written, because a daemon
// that is killed once more would not know it, and what stands on the container would be forgotten.
void Fleet::State::SettleLeftOpen(const Replica& replica) {
  auto open = left_open_.extract(replica.facts.id);
  if (!open || !replica.is_running() || !replica.ended_at) return;
  LedgerEntry& entry = open.mapped();
  if (entry.generation == replica.generation()) return;
  const bool is_start = entry.kind == ActKind::kStart;  // of what had ended before
  const bool is_ours = is_start ? *replica.ended_at <= entry.permitted_at + kClockSlack
                                : IsEndOf({.act = {.id = entry.id, .kind = entry.kind},
                                           .permitted_at = entry.permitted_at,
                                           .finished_at = {}},
                                          replica);
  if (!is_ours) return;
  repaired_lives_[entry.generation.id] = entry.generation.started_at;
  CloseEntry(std::move(entry), ActState::kSucceeded,
             "fairlead ended before the act did, and the engine carried it out");
}

void Fleet::State::ResetHealth(Replica& replica, bool wants_rise_first) {
  const spec::HealthSpec& health = replica.spec.health;
  replica.health = HealthTracker({.rise = health.rise,
                                  .fall = health.fall,
                                  .liveness_fall = replica.spec.liveness.fall,
                                  .wants_rise_first = wants_rise_first,
                                  .was_ready = replica.health.was_ready(),
                                  .start_period_ends = now_ + health.start_period});
}

void Fleet::State::RecordDeath(Service& service, Replica& replica, bool was_watched) {
  // The engine's restarting and the final exit are one death: the first look at it counts.
  if (replica.death) return;
  const Replica* successor = service.successor_of(replica);
  replica.death =
      Death{.at = now_,
            .exit_code = replica.facts.exit_code,
            .is_oom = replica.facts.oom_killed,
            .ours = OurActOn(replica),
            .is_known_stop = IsKnownStop(replica.generation()),
            .was_watched = was_watched,
            .shutdown = engine_end_ ? ShutdownVerdict::kSuspected : ShutdownVerdict::kNone,
            .replaced_by = successor ? successor->facts.id.value : std::string(),
            .foreign = replica.foreign,
            .ended_at = replica.process_gone_at};
  replica.stopping_until.reset();
  replica.departure = {};
  replica.departure_told = {};
}

}  // namespace fairlead::fleet
