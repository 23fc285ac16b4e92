#include "sim/observer.h"

#include <algorithm>
#include <utility>

#include "controller/observer.h"
#include "docker/limits.h"
#include "spec/read_labels.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;
using controller::Inventory;

const controller::ObserverOptions kOptions;
const docker::EngineLimits kLimits;
constexpr const char* kBoot = "boot-1";

}  // namespace

SimObserver::SimObserver(Timeline& timeline, SimEngine& engine, Chance& chance,
                         const FaultRates& rates, controller::OwnActs& own_acts,
                         std::optional<store::EventCursor> cursor, Hands hands)
    : timeline_(timeline),
      engine_(engine),
      chance_(chance),
      rates_(rates),
      own_acts_(own_acts),
      hands_(std::move(hands)),
      cursor_(std::move(cursor)) {}

void SimObserver::Later(Duration wait, std::function<void()> what) {
  timeline_.After(wait, [this, alive = std::weak_ptr<bool>(alive_), what = std::move(what)] {
    if (!alive.expired()) hands_.turn(what);
  });
}

void SimObserver::LaterInSession(Duration wait, std::function<void()> what) {
  Later(wait, [this, session = session_, what = std::move(what)] {
    if (session == session_ && !is_ended_) what();
  });
}

std::function<void(Result<>)> SimObserver::Taken(std::function<void(Result<>)> take) {
  return [this, alive = std::weak_ptr<bool>(alive_), take = std::move(take)](Result<> outcome) {
    if (alive.expired()) return;
    hands_.turn([take, outcome = std::move(outcome)] { take(outcome); });
  };
}

// --- one session: hello, stream, list, watch --------------------------------------------------

void SimObserver::Connect() {
  ++session_;
  is_ended_ = false;
  is_listed_ = is_complete_ = is_listing_ = false;
  pings_missed_ = 0;
  const auto hello = std::make_shared<std::pair<std::int64_t, int>>();
  engine_.Call(
      kLimits.info_deadline,
      [&engine = engine_, hello] {
        *hello = {engine.WallNs(), engine.process()};
        return Result<>();
      },
      Taken([this, hello, session = session_](const Result<>& outcome) {
        if (session == session_ && !is_ended_) OnHello(outcome, hello->first, hello->second);
      }));
}

void SimObserver::OnHello(const Result<>& outcome, std::int64_t system_time_ns, int process) {
  if (!outcome) {
    End(outcome.error().Text(), false);
    return;
  }
  using enum fleet::EngineContinuity;
  continuity_ = !complete_process_ ? kFirst : *complete_process_ == process ? kSame : kRestarted;
  process_ = process;
  // What an earlier life of the daemon has heard.
  if (const auto cursor = std::exchange(cursor_, std::nullopt);
      cursor && cursor->engine_id == engine_.engine_id() && cursor->boot == kBoot)
    last_event_ns_ = cursor->last_event_ns;
  clock_ = controller::EngineClock(system_time_ns, timeline_.now(), kOptions.ping_interval);
  OpenStream();
}

void SimObserver::OpenStream() {
  if (!engine_.is_up()) {
    End("nobody listens", false);
    return;
  }
  const Duration reach = complete_process_ ? Duration() : kOptions.stop_reach;
  const auto begin = controller::StreamBegin::After(last_event_ns_, clock_.At(timeline_.now()),
                                                    kOptions.replay_overlap, reach);
  digest_.BeginStream(begin);
  const auto in_session = [this, session = session_,
                           alive = std::weak_ptr<bool>(alive_)](auto&& what) {
    if (alive.expired() || session != session_ || is_ended_) return;
    hands_.turn([this, session, what = std::forward<decltype(what)>(what)] {
      if (session == session_ && !is_ended_) what();
    });
  };
  engine_.Subscribe(
      begin.since_ns,
      {.on_event =
           [this, in_session](docker::EngineEvent event) {
             in_session([this, event = std::move(event)] { OnEvent(event); });
           },
       .on_end = [this,
                  in_session] { in_session([this] { End("the event stream ended", true); }); }});
  LaterInSession(kOptions.ping_interval, [this] { Ping(); });
  PlanList();
  List(/*is_first=*/true);
}

void SimObserver::End(const std::string& reason, bool is_stream_end) {
  if (is_ended_) return;
  is_ended_ = true;
  is_listed_ = false;
  look_due_.reset();
  engine_.Unsubscribe();
  failures_ = is_complete_ ? 0 : failures_ + 1;
  is_complete_ = false;
  hands_.give(fleet::InventoryStale{.reason = reason, .is_stream_end = is_stream_end});
  const DoublingBackoff backoff{
      .first = kOptions.reconnect_first,
      .most = engine_.is_up() ? kOptions.reconnect_most : kOptions.reconnect_absent_most};
  Later(kOptions.reconnect_first + backoff.Jittered(failures_, chance_.rng()),
        [this] { Connect(); });
}

void SimObserver::Ping() {
  clock_.Beat(timeline_.now());
  LaterInSession(kOptions.ping_interval, [this] { Ping(); });
  engine_.Call(
      kLimits.ping_deadline, [] { return Result<>(); },
      Taken([this, session = session_](const Result<>& pong) {
        if (session != session_ || is_ended_) return;
        pings_missed_ = pong ? 0 : pings_missed_ + 1;
        if (pings_missed_ >= kOptions.pings_missed_max) {
          End(pong.error().Text(), false);
        } else if (!pong) {
          // The second follows the first at once.
          LaterInSession(Duration::zero(), [this] { Ping(); });
        }
        ListIfDue();
        Pump();
      }));
}

// --- lists ------------------------------------------------------------------------------------

void SimObserver::PlanList() {
  const Duration fifth = kOptions.relist_interval / 5;
  const Duration wait = kOptions.relist_interval + chance_.Between(-fifth, fifth);
  next_list_ = timeline_.now() + wait;
  LaterInSession(wait, [this] { ListIfDue(); });
}

// One that may not be taken yet stays due.
void SimObserver::ListIfDue() {
  if (timeline_.now() < next_list_ || is_listing_ || pings_missed_ > 0) return;
  PlanList();
  List(/*is_first=*/false);
}

void SimObserver::List(bool is_first) {
  is_listing_ = true;
  listed_at_ = timeline_.now();
  const std::uint64_t number = inventory_.BeginList();
  events_before_ = std::exchange(events_at_list_, events_);
  const auto listed = std::make_shared<std::vector<docker::ContainerSummary>>();
  engine_.Call(
      kLimits.list_deadline,
      [&engine = engine_, &chance = chance_, &rates = rates_, listed] {
        if (chance.Permyriad(rates.list_fails)) return Result<>(Fail(Code::kInternal, "500"));
        for (const auto& [id, container] : engine.containers()) {
          if (!container.facts.labels.contains("fairlead.enable")) continue;
          listed->push_back({.id = id,
                             .names = {container.facts.name},
                             .status = container.facts.status,
                             .labels = {},
                             .networks = container.facts.networks});
        }
        return Result<>();
      },
      Taken([this, listed, number, is_first, session = session_](const Result<>& outcome) {
        if (session == session_ && !is_ended_) OnListed(is_first, number, outcome, *listed);
      }));
}

void SimObserver::OnListed(bool is_first, std::uint64_t number, const Result<>& outcome,
                           const std::vector<docker::ContainerSummary>& listed) {
  is_listing_ = false;
  if (!outcome) {
    End(outcome.error().Text(), false);
    return;
  }
  Hear();
  for (const ContainerId& id : inventory_.Reconcile(listed, number, is_first, timeline_.now()))
    hands_.give(fleet::ContainerGone{id});
  is_listed_ = true;
  // Changes of which no event told, in a time in which none came at all: the stream is dead.
  const bool is_news =
      std::exchange(missed_events_, inventory_.missed_events()) != inventory_.missed_events();
  if (is_news && events_ == events_before_ && is_complete_) {
    End("containers change and the stream is silent", false);
    return;
  }
  Pump();
  AnnounceSync();
}

void SimObserver::AnnounceSync() {
  if (is_complete_ || !is_listed_ || is_ended_ || !inventory_.is_complete()) return;
  is_complete_ = true;
  complete_process_ = process_;
  digest_.StreamIsWhole();
  hands_.give(fleet::InventorySynced{continuity_});
}

// --- inspects ---------------------------------------------------------------------------------

void SimObserver::LookAt(const ContainerId& id) {
  inventory_.Forget(id);
  inventory_.Mark(id, Inventory::Urgency::kChange, timeline_.now());
  Pump();
}

void SimObserver::Pump() {
  if (!is_listed_ || is_ended_ || pings_missed_ > 0) return;
  const TimePoint now = timeline_.now();
  const std::size_t most =
      is_listing_ ? controller::kInspectsBesideListMax : controller::kInspectsInFlightMax;
  while (const std::optional<Inventory::Look> look = inventory_.Next(now, most)) Inspect(*look);
  const std::optional<TimePoint> due = inventory_.NextDue(now);
  if (!due || look_due_ == due) return;
  look_due_ = due;
  LaterInSession(*due - now, [this] {
    look_due_.reset();
    Pump();
  });
}

void SimObserver::Inspect(const Inventory::Look& look) {
  const auto seen = std::make_shared<ContainerFacts>();
  engine_.Call(
      kLimits.inspect_deadline,
      [&engine = engine_, &chance = chance_, &rates = rates_, seen, id = look.id] {
        if (chance.Permyriad(rates.inspect_fails)) return Result<>(Fail(Code::kInternal, "500"));
        const SimContainer* container = engine.Find(id);
        if (!container) return Result<>(Fail(Code::kNotFound, "no such container"));
        *seen = container->facts;
        return Result<>();
      },
      Taken([this, look, seen](const Result<>& outcome) { OnInspected(look, outcome, *seen); }));
}

void SimObserver::OnInspected(const Inventory::Look& look, const Result<>& outcome,
                              ContainerFacts facts) {
  using Outcome = Inventory::Outcome;
  Hear();
  const TimePoint now = timeline_.now();
  if (outcome) {
    facts.started_ns = clock_.OfStart(facts.started_ns, now);
    spec::LabelReading reading = spec::ReadLabels(facts, {});
    const auto identity = controller::Identity::Of(facts);
    inventory_.Done(look, reading.opted_in ? Outcome::kManaged : Outcome::kNotOurs, now, identity);
    std::optional<TimePoint> ended_at;
    if (facts.finished_ns > 0) ended_at = clock_.OfHistory(facts.finished_ns);
    if (reading.opted_in)
      hands_.give(fleet::ContainerObserved{std::move(facts), std::move(reading), ended_at});
  } else if (outcome.error().code == Code::kNotFound) {
    inventory_.Done(look, Outcome::kGone, now);
    hands_.give(fleet::ContainerGone{look.id});
  } else {
    const bool is_away = outcome.error().code == Code::kUnavailable;
    failed_inspects_.insert(look.id);
    inventory_.Done(look, is_away ? Outcome::kUnanswered : Outcome::kFailed, now);
  }
  Pump();
  AnnounceSync();
}

// --- events -----------------------------------------------------------------------------------

void SimObserver::OnEvent(const docker::EngineEvent& event) {
  clock_.Beat(timeline_.now());
  digest_.Add(event);
  Hear();
  Pump();
}

void SimObserver::Hear() {
  if (digest_.is_empty()) return;
  const controller::Digest digest = digest_.Take();
  for (const controller::EngineAct& act : digest.acts) HearAct(act);
  for (const auto& [id, urgency] : digest.dirty) inventory_.Mark(id, urgency, timeline_.now());
  events_ = digest.events;
  if (digest.last_event_ns > last_event_ns_) last_event_ns_ = digest.last_event_ns;
  if (std::exchange(is_cursor_due_, true)) return;
  Later(kOptions.cursor_interval, [this] { TellCursor(); });
}

void SimObserver::HearAct(const controller::EngineAct& act) {
  if (act.action == "destroy") inventory_.Forget(act.id);
  const TimePoint now = timeline_.now();
  if (act.action == "die" && act.is_replayed) {
    hands_.give(fleet::EndReplayed{act.id});
    return;
  }
  const auto [at, stamp] = clock_.OfEvent(act.time_ns, act.is_replayed, now);
  if (own_acts_.Explains(act.id, act.action, at)) return;
  if (act.action != "die") engine_.Heard(act.id);
  hands_.give(fleet::ForeignActSeen{
      .id = act.id, .verb = act.action, .signal = act.signal, .engine_ns = stamp, .ago = now - at});
}

void SimObserver::TellCursor() {
  is_cursor_due_ = false;
  if (!is_complete_ || last_event_ns_ == told_event_ns_) return;
  told_event_ns_ = last_event_ns_;
  hands_.tell_cursor(
      {.engine_id = engine_.engine_id(), .boot = kBoot, .last_event_ns = last_event_ns_});
}

}  // namespace fairlead::sim
