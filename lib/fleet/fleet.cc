#include "fleet/fleet.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "fleet/limits.h"
#include "fleet/next_time.h"
#include "fleet/state.h"

namespace fairlead::fleet {

Fleet::Fleet(FleetOptions options, Remembered remembered, TimePoint now)
    : state_(std::make_unique<State>(std::move(options), std::move(remembered), now)) {}
Fleet::~Fleet() = default;
Effects Fleet::Step(const Event& event, TimePoint now) {
  return state_->Step(event, now);
}
Phase Fleet::phase() const {
  return state_->phase();
}
std::vector<ServiceName> Fleet::services() const {
  return state_->services();
}
std::optional<ServiceReport> Fleet::Report(const ServiceName& name) const {
  return state_->Report(name);
}
std::vector<ContainerDiagnostics> Fleet::Diagnostics() const {
  return state_->Diagnostics();
}

std::vector<Pause> Fleet::pauses() const {
  return state_->pauses();
}

Result<Explanation> Fleet::Explain(const std::string& name) const {
  return state_->Explain(name);
}

Result<TrialRun> Fleet::TryOut(const OperatorCommand& command) const {
  return state_->TryOut(command);
}

Fleet::State::State(FleetOptions options, Remembered remembered, TimePoint now)
    : options_(std::move(options)),
      now_(now),
      next_act_(remembered.next_act),
      turns_(options_.max_concurrent_repairs) {
  for (LedgerEntry& entry : remembered.acts) {
    Place& place = ServiceNamed(entry.service).places[PlaceOf(entry.replica)];
    if (!entry.by_operator) place.budget.Spend(std::min(entry.permitted_at, now));
    next_act_ = std::max(next_act_, ActId(entry.id.value + 1));
    // Of an act that was dropped nothing reached the container, and a start ends no life.
    if (entry.kind != ActKind::kStart && entry.state != ActState::kDropped) {
      earlier_acts_[entry.generation] = {.act = {.id = entry.id, .kind = entry.kind},
                                         .permitted_at = entry.permitted_at,
                                         .finished_at = entry.finished_at};
    }
    if (entry.kind != ActKind::kStop && entry.state == ActState::kSucceeded)
      repaired_lives_[entry.generation.id] = entry.generation.started_at;
    if (entry.state != ActState::kPermitted) {
      RememberAct(entry);
      continue;
    }
    // Nobody knows how far it came. It is not repeated; what it cost stays spent.
    entry.state = ActState::kDropped;
    entry.finished_at = now;
    entry.outcome = "fairlead ended before the act did";
    RememberAct(entry);
    if (entry.kind != ActKind::kStop) left_open_[entry.generation.id] = entry;
    first_records_.emplace_back(std::move(entry));
  }
  for (Intent& intent : remembered.intents) {
    Place& place = ServiceNamed(intent.service).places[PlaceOf(intent.replica)];
    place.intent = std::move(intent);
  }
  for (Pause& pause : remembered.pauses) pauses_.Set(std::move(pause));
  for (StoppedLife& life : remembered.stopped)
    stopped_lives_[life.generation.id] = std::move(life.generation.started_at);
}

Effects Fleet::State::Step(const Event& event, TimePoint now) {
  CHECK(now >= now_);
  now_ = now;
  NoteOversleeping();
  effects_.records = std::exchange(first_records_, {});
  TouchDue();
  std::visit([this](const auto& fact) { Apply(fact); }, event);
  ForDirty([this](Service& service) { Refresh(service); });
  AdvancePhase();
  UpdateBrake();
  RunCommands();
  ForDirty([this](Service& service) { WeighWishes(service); });
  GrantTurns();
  ForDirty([this](Service& service) {
    Publish(service);
    CutCallersOf(service);
    AdvanceDrains(service);
    AnswerDrains(service);
  });
  FinishStep();
  return std::exchange(effects_, {});
}

void Fleet::State::FinishStep() {
  if (!dirty_.empty()) FinishTouched();
  NextTime next(now_);
  if (!due_.empty()) next.Consider(due_.begin()->first);
  next.Consider(brake_.next_change());
  next_place_ = NextPlace();
  next.Consider(next_place_);
  effects_.wake_at = wake_asked_ = next.at();
}

void Fleet::State::FinishTouched() {
  const std::set<ServiceName> touched = std::exchange(dirty_, {});
  std::set<ServiceName> reports(effects_.reports_changed.begin(), effects_.reports_changed.end());
  for (const ServiceName& name : touched) {
    const auto found = services_.find(name);
    if (found == services_.end()) continue;
    Service& service = found->second;
    NoteChanges(service);
    if (!service.replicas.empty() || service.view) reports.insert(name);
    if (ForgetWhatIsOver(service)) {
      SetTimer(name, std::nullopt);
      turns_.Forget(name);
      services_.erase(found);
    } else {
      SetTimer(name, NextWake(service));
    }
  }
  effects_.reports_changed.assign(reports.begin(), reports.end());
}

void Fleet::State::TouchDue() {
  for (const auto& [at, name] : due_) {
    if (at > now_) break;
    dirty_.insert(name);
  }
  if (next_place_ && *next_place_ <= now_) dirty_.insert(waiting_.begin(), waiting_.end());
}

// When somebody who waits for his turn may have it by time alone.
std::optional<TimePoint> Fleet::State::NextPlace() const {
  NextTime next(now_);
  for (const ServiceName& name : waiting_) next.Consider(turns_.NextPlaceFor(name.project, now_));
  return next.at();
}

// Visits the dirty services in the order of their names, also those that a visit makes dirty.
void Fleet::State::ForDirty(const std::function<void(Service&)>& visit) {
  std::set<ServiceName> done;
  for (bool is_more = true; is_more;) {
    is_more = false;
    const std::set<ServiceName> round = dirty_;
    for (const ServiceName& name : round) {
      if (!done.insert(name).second) continue;
      is_more = true;
      if (const auto found = services_.find(name); found != services_.end()) visit(found->second);
    }
  }
}

Fleet::State::Found Fleet::State::Find(const ContainerId& id) {
  const auto named = index_.find(id);
  if (named == index_.end()) return {};
  Service& service = services_.at(named->second);
  return {.service = &service, .replica = &service.replicas.at(id)};
}

// Only the present life counts: what concerns an earlier one finds nothing.
Fleet::State::Found Fleet::State::Find(const Generation& generation) {
  const Found found = Find(generation.id);
  return found && found.replica->generation() == generation ? found : Found{};
}

Service& Fleet::State::ServiceNamed(const ServiceName& name) {
  Service& service = services_[name];
  service.name = name;
  return service;
}

void Fleet::State::SetTimer(const ServiceName& name, std::optional<TimePoint> at) {
  if (const auto old = timers_.find(name); old != timers_.end()) {
    due_.erase({old->second, name});
    timers_.erase(old);
  }
  if (!at) return;
  timers_[name] = *at;
  due_.insert({*at, name});
}

// The earliest time at which anything in the service can change by itself.
std::optional<TimePoint> Fleet::State::NextWake(const Service& service) const {
  NextTime next(now_);
  for (const auto& [id, replica] : service.replicas) {
    next.Consider(replica.stopping_until);
    if (replica.stopping_until) next.Consider(replica.stop_look_at);
    next.Consider(replica.gone_until);
    next.Consider(replica.hold.until);
    next.Consider(replica.flap_hold.held_until());
    next.Consider(CutDue(service, replica));
    if (replica.death && replica.departure.kind == DepartureKind::kPending)
      next.Consider(replica.death->at + kDepartureGrace);
    if (replica.act) next.Consider(replica.act->stage_ends);
    if (replica.is_running()) next.Consider(replica.health.start_period_ends());
    if (missing_verdicts_.contains(replica.generation())) {
      next.Consider(replica.first_verdict_due);
      next.Consider(replica.first_verdict_due + kBrakeLongest);
    }
  }
  for (const PendingDrain& drain : service.drains) next.Consider(drain.deadline);
  next.Consider(NextForgetting(service));
  return next.at();
}

}  // namespace fairlead::fleet
