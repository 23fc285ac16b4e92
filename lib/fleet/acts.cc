// An act from its ledger entry to its end: permitted, draining, acting, verifying.
//
// Invariants: the ledger entry is in the Effects in which the wish becomes an act; the replica
// leaves the view when the act is permitted, so before anything is ordered; at most one act per
// container.
#include <fmt/format.h>

#include <algorithm>

#include "base/error_reasons.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

Duration CallDeadline(const Replica& replica, ActKind kind) {
  return kind == ActKind::kStart ? kStartDeadline : StopTimeoutOf(replica) + kCallSlack;
}

// A fresh generation gets its start period, and then as long as a failure takes to show.
Duration Patience(const spec::HealthSpec& health) {
  return health.start_period + health.interval * health.fall;
}

}  // namespace

bool Fleet::State::IsOurs(const Replica& replica) const {
  const bool is_acting = replica.act && replica.act->stage == ActStage::kActing;
  return is_acting || (replica.ours_until && now_ <= *replica.ours_until);
}

// The act of ours that ended this life, if one did: of this process, or of the ledger of an earlier
// one.
std::optional<OurAct> Fleet::State::OurActOn(const Replica& replica) const {
  // A person who stops it after our act has failed is not to be mistaken for us.
  const bool is_persons = replica.foreign && now_ - replica.foreign->at <=
                                                 ForeignActReach(*replica.foreign, replica.facts);
  if (is_persons) return std::nullopt;
  if (replica.ending_act && IsEndOf(*replica.ending_act, replica)) return replica.ending_act->act;
  // What we have seen alive ourselves, an act of before has not ended.
  if (phase_ != Phase::kConfigured) return std::nullopt;
  const auto earlier = earlier_acts_.find(replica.generation());
  if (earlier == earlier_acts_.end() || !IsEndOf(earlier->second, replica)) return std::nullopt;
  return earlier->second.act;
}

// An end may be shown long after it was, by the list that follows an event stream that broke.
bool Fleet::State::IsEndOf(const EndingAct& ours, const Replica& replica) const {
  if (ours.generation != replica.generation()) return false;
  if (now_ <= ours.until) return true;
  return replica.ended_at && *replica.ended_at >= ours.began - kClockSlack &&
         *replica.ended_at <= ours.until;
}

// An act that failed, or never came to the engine, leaves a life that something else ends later.
bool Fleet::State::IsEndOf(const EarlierAct& earlier, const Replica& replica) {
  if (!replica.ended_at) return true;
  const TimePoint over =
      earlier.finished_at.value_or(earlier.permitted_at + replica.spec.drain_timeout +
                                   CallDeadline(replica, earlier.act.kind)) +
      kActSlack;
  return *replica.ended_at >= earlier.permitted_at - kClockSlack && *replica.ended_at <= over;
}

void Fleet::State::Permit(Service& service, Replica& replica, const ActOrder& order) {
  CurrentAct act;
  act.entry = {.id = next_act_,
               .kind = order.kind,
               .state = ActState::kPermitted,
               .generation = replica.generation(),
               .service = service.name,
               .compose_number = replica.spec.compose_number.value_or(0),
               .replica = replica.name,
               .by_operator = order.by_operator,
               .actor = order.actor,
               .cause = order.cause,
               .permitted_at = now_,
               .finished_at = {},
               .outcome = ""};
  next_act_.value += 1;
  act.permitted_in = replica.presence();
  act.leaves_stopped = order.leaves_stopped;
  act.command = order.command;
  if (!order.by_operator) {
    service.places[replica.place].budget.Spend(now_);
    turns_.Begin(replica.facts.id, service.name, now_);
  }
  effects_.records.emplace_back(act.entry);
  RememberAct(act.entry).evidence = replica.recent_checks.Text(now_);
  replica.last_cause = order.cause;
  replica.act = std::move(act);
  BeginDrain(service, replica);
  TouchFollowers(replica);
  AddNote(NoteKind::kActPermitted, service, &replica, std::string(ActKindName(order.kind)),
          fmt::format("{} of {} permitted for {}: {}", ActKindName(order.kind), replica.name,
                      order.actor, order.cause));
}

// Looks at an act whose time or answer may have come. Draining is drain.cc's matter, after the
// views.
void Fleet::State::SettleAct(Service& service, Replica& replica) {
  if (!replica.act) return;
  CurrentAct& act = *replica.act;
  if (act.stage == ActStage::kDraining) {
    // Somebody stops, pauses or starts it, or it has ended: what was decided is out of date.
    if (replica.presence() != act.permitted_in) {
      DropAct(service, replica,
              fmt::format("it is {} before the act began", PresenceName(replica.presence())));
    }
  } else if (act.stage == ActStage::kActing) {
    if (act.outcome) {
      FinishActing(service, replica, Result<>(*act.outcome));
    } else if (act.stage_ends <= now_) {
      FinishActing(service, replica,
                   Fail(Code::kDeadlineExceeded,
                        fmt::format("{} {}: no answer from the engine in time",
                                    ActKindName(act.entry.kind), replica.name),
                        {.reason = reasons::kEngineSilent, .subject = replica.name}));
    }
  }
  if (!replica.act || replica.act->stage != ActStage::kVerifying) return;
  const bool is_new_life = replica.generation() != replica.act->entry.generation;
  if (is_new_life && replica.is_running() && replica.health.readiness() == Readiness::kReady) {
    EndVerifying(service, replica, {});
  } else if (is_new_life && replica.death) {
    EndVerifying(service, replica,
                 Fail(Code::kAborted, "verify " + replica.name + ": its process ended again",
                      {.reason = reasons::kDiedAgain, .subject = replica.name}));
  } else if (replica.act->stage_ends <= now_) {
    const std::string seen = replica.health.last() ? ReadinessCode(replica) : "no check came back";
    EndVerifying(service, replica,
                 Fail(Code::kDeadlineExceeded,
                      fmt::format("verify {}: not ready in time: {}", replica.name, seen),
                      {.reason = reasons::kNotReadyInTime, .subject = replica.name}));
  }
}

void Fleet::State::BeginActing(Replica& replica) {
  CurrentAct& act = *replica.act;
  const ActKind kind = act.entry.kind;
  const Duration call_deadline = CallDeadline(replica, kind);
  EndTrafficCount(act);
  act.stage = ActStage::kActing;
  act.stage_ends = now_ + call_deadline - kCallSlack + kActSlack;
  if (kind != ActKind::kStart) {
    replica.ending_act = EndingAct{.generation = replica.generation(),
                                   .act = {.id = act.entry.id, .kind = kind},
                                   .began = now_};
  }
  replica.wants_rise_next = kind != ActKind::kStop;
  effects_.acts.push_back({.id = act.entry.id,
                           .kind = kind,
                           .generation = replica.generation(),
                           .stop_timeout = replica.spec.stop_timeout,
                           .call_deadline = call_deadline});
}

void Fleet::State::CloseEntry(LedgerEntry entry, ActState state, const std::string& outcome) {
  entry.state = state;
  entry.finished_at = now_;
  entry.outcome = outcome;
  RememberAct(entry).entry = entry;
  effects_.records.emplace_back(std::move(entry));
}

// The act as it is known now, in its place. An end that is known stays, and so does what is known
// beside it.
PastAct& Fleet::State::RememberAct(const LedgerEntry& entry) {
  std::vector<PastAct>& acts = ServiceNamed(entry.service).places[PlaceOf(entry.replica)].acts;
  const auto known = std::find_if(acts.begin(), acts.end(),
                                  [&](const PastAct& act) { return act.entry.id == entry.id; });
  if (known != acts.end()) {
    if (known->entry.state == ActState::kPermitted) known->entry = entry;
    return *known;
  }
  if (acts.size() == kActsRemembered) acts.erase(acts.begin());
  return acts.emplace_back(PastAct{.entry = entry, .evidence = "", .verified = ""});
}

void Fleet::State::FinishActing(Service& service, Replica& replica, const Result<>& outcome) {
  CurrentAct& act = *replica.act;
  // "Already so" is as good as done: 304 and 409 of the engine.
  const bool is_done = outcome.has_value() || outcome.error().code == Code::kAlreadyExists;
  const std::string error = is_done ? "" : outcome.error().Text();
  CloseEntry(act.entry, is_done ? ActState::kSucceeded : ActState::kFailed, error);
  // Only what was done has an echo; after a failure every stop is somebody else's.
  if (is_done) replica.ours_until = now_ + kEchoAfterAct;
  AddNote(NoteKind::kActFinished, service, &replica, is_done ? "done" : "failed",
          fmt::format("{} of {} {}", ActKindName(act.entry.kind), replica.name,
                      is_done ? "done" : "failed: " + error))
      .outcome = is_done ? "succeeded" : error;
  if (!is_done) {
    // A restart may have stopped it and failed to start it: that death is still ours.
    if (replica.ending_act) replica.ending_act->until = now_ + kDepartureGrace;
    service.places[replica.place].budget.ObserveFailure(now_);
    replica.wants_rise_next = false;
    if (act.command) Answer(*act.command, outcome, &service, &replica);
    EndAct(replica);
    return;
  }
  if (act.leaves_stopped) {
    SetIntent(service, replica, IntentKind::kEvicted, act.entry.actor, act.entry.cause);
    if (act.command) Answer(*act.command, {}, &service, &replica);
    EndAct(replica);
    return;
  }
  act.stage = ActStage::kVerifying;
  act.stage_ends = now_ + Patience(replica.spec.health);
}

void Fleet::State::EndVerifying(Service& service, Replica& replica, Result<> outcome) {
  const CurrentAct& act = *replica.act;
  AddNote(NoteKind::kActFinished, service, &replica, outcome ? "verified" : "not-verified",
          outcome ? fmt::format("{} serves again after the {}", replica.name,
                                ActKindName(act.entry.kind))
                  : outcome.error().message)
      .outcome = outcome ? "succeeded" : outcome.error().Text();
  RememberAct(act.entry).verified = outcome ? "serves again" : outcome.error().Text();
  if (!outcome) service.places[replica.place].budget.ObserveFailure(now_);
  if (act.command) Answer(*act.command, std::move(outcome), &service, &replica);
  replica.wants_rise_next = false;
  EndAct(replica);
}

// Its ground is gone. Nothing is undone, and what it cost stays spent.
void Fleet::State::DropAct(Service& service, Replica& replica, const std::string& why) {
  const CurrentAct& act = *replica.act;
  if (act.stage != ActStage::kVerifying) CloseEntry(act.entry, ActState::kDropped, why);
  AddNote(NoteKind::kActFinished, service, &replica, "dropped",
          fmt::format("{} of {} dropped: {}", ActKindName(act.entry.kind), replica.name, why))
      .outcome = "dropped: " + why;
  if (act.command) {
    Answer(*act.command,
           Fail(Code::kAborted,
                fmt::format("{} {}: {}", ActKindName(act.entry.kind), replica.name, why),
                {.reason = reasons::kActDropped, .subject = replica.name}),
           &service, &replica);
  }
  EndAct(replica);
}

// Another repair may take the place of this one: everybody who waits for a turn is weighed again,
// as what he stands on may have begun to wait for its own meanwhile.
void Fleet::State::EndAct(Replica& replica) {
  EndTrafficCount(*replica.act);
  if (!replica.act->entry.by_operator) {
    turns_.End(replica.facts.id);
    dirty_.insert(waiting_.begin(), waiting_.end());
  }
  replica.act.reset();
  TouchFollowers(replica);
}

}  // namespace fairlead::fleet
