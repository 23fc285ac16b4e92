#include "sim/daemon.h"

#include <utility>

#include "controller/controller.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

constexpr Duration kStartDeadline = 15s;  // of the engine's call
constexpr Duration kCountEvery = 200ms;   // callers of a replica that drains

std::string_view PlaceName(DeathPlace place) {
  switch (place) {
    case DeathPlace::kBeforePublish:
      return "before it is told";
    case DeathPlace::kBeforeWrite:
      return "before it is written";
    case DeathPlace::kBeforeOrders:
      return "before it is ordered";
    case DeathPlace::kAfterOrders:
      return "after it is ordered";
  }
  return "";
}

}  // namespace

SimDaemon::SimDaemon(World world, const fleet::FleetOptions& options, int life,
                     std::function<void()> ends)
    : world_(world),
      life_(life),
      fleet_(options, Load(world_, own_acts_), world_.timeline.now()),
      prober_(
          world_.timeline, world_.engine, world_.chance, world_.rates.check_lost, world_.path,
          [this](const Generation& generation, spec::CheckOutcome outcome) {
            Submit(fleet::ProbeFinished{generation, std::move(outcome)});
          },
          [this](const Generation& generation, spec::SuspectNews news) {
            Submit(fleet::SuspicionChanged{generation, std::move(news)});
          },
          [this](bool passes) { Submit(fleet::CanaryChanged{passes, passes ? "" : "timeout"}); }),
      discovery_(world_.timeline,
                 [this](const ServiceName& service, std::uint64_t revision) {
                   Submit(fleet::ViewAdopted{service, revision});
                 }),
      observer_(world_.timeline, world_.engine, world_.chance, world_.rates, own_acts_,
                world_.store.LoadCursor().value(),
                {.give = [this](fleet::Event event) { Submit(std::move(event)); },
                 .tell_cursor =
                     [this](const store::EventCursor& cursor) {
                       [[maybe_unused]] const Result<> written = world_.store.WriteCursor(cursor);
                     },
                 .turn = [this](std::function<void()> what) { Turn(std::move(what)); }}),
      ends_(std::move(ends)) {
  world_.trace.Tell(world_.timeline.now(), "daemon", fmt::format("begins life {}", life_));
  world_.rules.OnLife(life_);
  observer_.Start();
}

fleet::Remembered SimDaemon::Load(const World& world, controller::OwnActs& own_acts) {
  fleet::Remembered remembered = world.store.Load().value();
  for (const fleet::LedgerEntry& act : remembered.acts)
    own_acts.Remember(act.generation.id, act.permitted_at, act.finished_at);
  return remembered;
}

LifeNow SimDaemon::now() const {
  return {.life = life_,
          .has_synced = has_synced_,
          .is_synced = observer_.is_synced(),
          .listed_at = observer_.listed_at(),
          .woke_at = still_until_,
          .failed_inspects = &observer_.failed_inspects()};
}

// --- turns ------------------------------------------------------------------------------------

void SimDaemon::Turn(std::function<void()> what) {
  if (is_dead_) return;
  if (world_.timeline.now() >= still_until_) {
    what();
    return;
  }
  world_.timeline.At(still_until_,
                     [this, alive = std::weak_ptr<bool>(alive_), what = std::move(what)] {
                       if (!alive.expired()) Turn(what);
                     });
}

void SimDaemon::Later(Duration wait, std::function<void()> what) {
  world_.timeline.After(wait, [this, alive = std::weak_ptr<bool>(alive_), what = std::move(what)] {
    if (!alive.expired()) Turn(what);
  });
}

void SimDaemon::StandStill(TimePoint until) {
  still_until_ = until;
  prober_.StandStill(until);
}

void SimDaemon::DieAt(DeathPlace place, std::function<void()> died) {
  dies_at_ = place;
  died_ = std::move(died);
}

bool SimDaemon::EndsAt(std::string_view where, std::string_view occasion) {
  if (is_dead_ || !world_.fail_points || occasion.empty()) return is_dead_;
  if (!world_.fail_points->Reach(fmt::format("{}, {}", occasion, where))) return false;
  is_dead_ = true;
  ends_();
  return true;
}

bool SimDaemon::DiesAt(DeathPlace place, const fleet::Effects& effects) {
  if (world_.fail_points && EndsAt(PlaceName(place), OccasionOf(effects))) return true;
  if (is_dead_ || dies_at_ != place || effects.records.empty()) return is_dead_;
  is_dead_ = true;
  died_();
  return true;
}

// --- from facts to effects --------------------------------------------------------------------

void SimDaemon::Submit(fleet::Event event) {
  if (is_dead_) return;
  const bool is_still = world_.timeline.now() < still_until_;
  // By far the most events come alone, and need no queue.
  if (!is_draining_ && !is_still && inbox_.empty()) {
    is_draining_ = true;
    std::optional<Taken> taken = Take(event);
    if (taken && inbox_.empty()) CarryOut(*std::exchange(taken, std::nullopt));
    is_draining_ = false;
    if (taken || !inbox_.empty()) Drain(std::move(taken));
    return;
  }
  inbox_.push_back(std::move(event));
  if (is_draining_) return;
  if (is_still) {
    Later(0ns, [this] { Drain(); });
    return;
  }
  Drain();
}

void SimDaemon::Drain(std::optional<Taken> begun) {
  if (is_draining_ || is_dead_) return;
  is_draining_ = true;
  while ((begun || !inbox_.empty()) && !is_dead_) {
    std::vector<Taken> taken;
    if (begun) taken.push_back(*std::exchange(begun, std::nullopt));
    while (!inbox_.empty() && !is_dead_ && taken.size() < controller::kStepsAhead) {
      const fleet::Event event = std::move(inbox_.front());
      inbox_.pop_front();
      if (std::optional<Taken> one = Take(event)) taken.push_back(std::move(*one));
    }
    for (const Taken& one : taken) {
      if (!is_dead_) CarryOut(one);
    }
  }
  is_draining_ = false;
}

std::optional<SimDaemon::Taken> SimDaemon::Take(const fleet::Event& event) {
  ++steps_;
  if (const auto* probe = std::get_if<fleet::ProbeFinished>(&event))
    world_.rules.OnCheck(probe->generation, probe->outcome);
  if (const auto* suspicion = std::get_if<fleet::SuspicionChanged>(&event))
    world_.rules.OnSuspicion(suspicion->generation, suspicion->news.stage);
  if (const auto* adopted = std::get_if<fleet::ViewAdopted>(&event))
    world_.rules.OnAdopted(adopted->service, adopted->revision);
  if (const auto* canary = std::get_if<fleet::CanaryChanged>(&event))
    world_.rules.OnCanary(canary->passes);
  if (std::holds_alternative<fleet::InventorySynced>(event)) has_synced_ = true;
  std::optional<Taken> taken(std::in_place);
  Taken& one = *taken;
  one.effects = fleet_.Step(event, world_.timeline.now());
  one.phase = fleet_.phase();
  world_.rules.OnStep(one.effects, fleet_, now());
  if (DiesAt(DeathPlace::kBeforePublish, one.effects)) return std::nullopt;
  if (!one.effects.views.empty() || !one.effects.views_dropped.empty())
    discovery_.Publish(one.effects.views, one.effects.views_dropped);
  return taken;
}

void SimDaemon::CarryOut(const Taken& taken) {
  const fleet::Effects& effects = taken.effects;
  if (taken.phase == fleet::Phase::kServing && !std::exchange(is_gate_open_, true))
    discovery_.OpenGate();
  if (DiesAt(DeathPlace::kBeforeWrite, effects)) return;
  if (!effects.records.empty() && !Write(effects.records)) {
    for (const fleet::Record& record : effects.records) {
      const auto* entry = std::get_if<fleet::LedgerEntry>(&record);
      if (entry && entry->state == fleet::ActState::kPermitted) unrecorded_.insert(entry->id);
    }
  }
  if (DiesAt(DeathPlace::kBeforeOrders, effects)) return;
  Order(effects);
  for (const fleet::Note& note : effects.notes)
    world_.trace.Tell(
        world_.timeline.now(), "daemon",
        fmt::format("{} {} {}: {}", NoteKindName(note.kind), note.replica, note.code, note.text));
  ArmTimer(effects.wake_at);
  DiesAt(DeathPlace::kAfterOrders, effects);
}

bool SimDaemon::Write(const std::vector<fleet::Record>& records) {
  const bool is_written = world_.store.Write(records).has_value();
  for (const fleet::Record& record : records) {
    if (is_written) {
      world_.rules.OnWritten(record);
    } else {
      world_.rules.OnNotWritten(record);
    }
  }
  return is_written;
}

void SimDaemon::ArmTimer(std::optional<TimePoint> wake_at) {
  if (!wake_at) return;
  wake_ = wake_at;
  PlanWake();
}

// One timer, as the real daemon has: what is planned earlier comes round to it, so that the
// timeline does not fill with wakes that nobody wants any more, each up to a day ahead.
void SimDaemon::PlanWake() {
  if (!planned_wakes_.empty() && *planned_wakes_.begin() <= *wake_) return;
  planned_wakes_.insert(*wake_);
  world_.timeline.At(*wake_, [this, when = *wake_, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    planned_wakes_.erase(when);
    if (!wake_) return;
    if (*wake_ > when) {
      PlanWake();
      return;
    }
    wake_.reset();
    Turn([this] { Submit(fleet::Tick{}); });
  });
}

// --- orders -----------------------------------------------------------------------------------

void SimDaemon::Order(const fleet::Effects& effects) {
  for (const fleet::CheckOrder& order : effects.checks) {
    std::visit(Overloaded{[&](const fleet::BeginChecks& begin) { prober_.Begin(begin.target); },
                          [&](const fleet::EndChecks& end) { prober_.End(end.generation); },
                          [&](const fleet::CheckSoon& soon) {
                            prober_.CheckSoon(soon.generation, soon.after);
                          }},
               order);
  }
  for (const fleet::ProcessOrder& order : effects.processes) {
    if (const auto* begin = std::get_if<fleet::BeginProcessWatch>(&order)) {
      watched_.insert(begin->generation);
      const SimContainer* container = world_.engine.Find(begin->generation.id);
      // It may have ended before we could watch it.
      if (container && !container->has_process) OnProcessEnded(*container);
    } else {
      watched_.erase(std::get<fleet::EndProcessWatch>(order).generation);
    }
  }
  for (const fleet::TrafficOrder& order : effects.traffic) {
    if (const auto* begin = std::get_if<fleet::BeginTrafficWatch>(&order)) {
      counted_.insert(begin->generation);
      CountCallers(begin->generation, static_cast<int>(world_.chance.Below(80)));
    } else {
      counted_.erase(std::get<fleet::EndTrafficWatch>(order).generation);
    }
  }
  for (const fleet::CutCallers& cut : effects.cuts) {
    Later(kCountEvery, [this, generation = cut.generation] {
      Submit(fleet::CallersCut{.generation = generation, .reset = 1, .left = 0, .outcome = {}});
    });
  }
  for (const ContainerId& id : effects.looks) observer_.LookAt(id);
  for (const fleet::Act& act : effects.acts) {
    if (is_dead_) return;
    if (unrecorded_.erase(act.id) == 0) {
      Run(act);
    } else {
      Submit(fleet::ActionFinished{act.id, act.generation,
                                   Fail(Code::kFailedPrecondition, "it could not be recorded")});
    }
  }
}

// So many looks until the last caller has gone.
void SimDaemon::CountCallers(const Generation& generation, int rounds) {
  Later(kCountEvery, [this, generation, rounds] {
    if (!counted_.contains(generation)) return;
    Submit(fleet::TrafficObserved{generation, rounds > 0 ? 1 : 0});
    CountCallers(generation, rounds - 1);
  });
}

void SimDaemon::Run(const fleet::Act& act) {
  const ContainerId id = act.generation.id;
  own_acts_.Begin(id, world_.timeline.now());
  const Duration deadline = act.kind == fleet::ActKind::kStart ? kStartDeadline : act.call_deadline;
  world_.engine.Act(act.id, act.kind, id, act.stop_timeout, deadline,
                    [this, act, id, alive = std::weak_ptr<bool>(alive_)](Result<> outcome) {
                      if (alive.expired()) return;
                      if (EndsAt(outcome ? "answered" : "refused", fleet::ActKindName(act.kind)))
                        return;
                      Turn([this, act, id, outcome = std::move(outcome)]() mutable {
                        if (!outcome && outcome.error().code == Code::kAlreadyExists)
                          outcome = Result<>();
                        own_acts_.End(id, world_.timeline.now());
                        world_.rules.OnOurActAnswered(id);
                        Submit(fleet::ActionFinished{act.id, act.generation, outcome});
                        observer_.LookAt(id);
                      });
                    });
  EndsAt("asked for", fleet::ActKindName(act.kind));
}

void SimDaemon::OnProcessEnded(const SimContainer& container) {
  const Generation generation = container.facts.generation();
  if (!watched_.contains(generation)) return;
  Later(world_.chance.Between(100us, 2ms), [this, generation, is_watched = container.is_watched] {
    if (is_watched) Submit(fleet::ProcessExited{generation});
    Submit(fleet::ConnectionClosed{generation});
    prober_.CheckSoon(generation, Duration::zero());
  });
}

}  // namespace fairlead::sim
