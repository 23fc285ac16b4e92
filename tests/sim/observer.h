// SimObserver: the observer's procedure in virtual time, on its real bookkeeping.
//
// Why a second procedure: controller/observer.h is a coroutine on Asio's timers, which know the
// real clock only; tests/faults runs that one. Here the values that it rests on are the real ones
// (EventDigest with ReplayFilter, Inventory, OwnActs, EngineClock, ReadLabels), and the steps
// between them are the same: subscribe, list, inspect, watch, repeat.
// Threads: none.
// Invariants: as the observer's: what somebody did is told before the inspect that shows its
// effect; the picture is held, never emptied, while the engine is away.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/backoff.h"
#include "controller/engine_clock.h"
#include "controller/event_digest.h"
#include "controller/inventory.h"
#include "controller/own_acts.h"
#include "fleet/event.h"
#include "sim/chance.h"
#include "sim/engine.h"
#include "sim/timeline.h"
#include "store/store.h"

namespace fairlead::sim {

class SimObserver {
 public:
  struct Hands {
    std::function<void(fleet::Event)> give;
    std::function<void(const store::EventCursor&)> tell_cursor;
    // Runs `what` when the daemon next turns: at once, or when it goes on after standing still.
    std::function<void(std::function<void()>)> turn;
  };

  SimObserver(Timeline& timeline, SimEngine& engine, Chance& chance, const FaultRates& rates,
              controller::OwnActs& own_acts, std::optional<store::EventCursor> cursor, Hands hands);

  void Start() { Connect(); }
  void LookAt(const ContainerId& id);

  bool is_synced() const { return is_complete_; }
  // When the last list of a session that still goes on was asked for.
  std::optional<TimePoint> listed_at() const { return is_listed_ ? listed_at_ : std::nullopt; }
  const std::set<ContainerId>& failed_inspects() const { return failed_inspects_; }
  std::size_t in_flight() const { return inventory_.in_flight(); }

 private:
  void Connect();
  void OnHello(const Result<>& outcome, std::int64_t system_time_ns, int process);
  void OpenStream();
  void List(bool is_first);
  void OnListed(bool is_first, std::uint64_t number, const Result<>& outcome,
                const std::vector<docker::ContainerSummary>& listed);
  void Pump();
  void Inspect(const controller::Inventory::Look& look);
  void OnInspected(const controller::Inventory::Look& look, const Result<>& outcome,
                   ContainerFacts facts);
  void OnEvent(const docker::EngineEvent& event);
  void Hear();
  void HearAct(const controller::EngineAct& act);
  void AnnounceSync();
  void Ping();
  void PlanList();
  void ListIfDue();
  void TellCursor();
  void End(const std::string& reason, bool is_stream_end);
  // Later, in this life of the daemon and, with `session`, in this session of the stream.
  void Later(Duration wait, std::function<void()> what);
  void LaterInSession(Duration wait, std::function<void()> what);
  // An answer of the engine, taken when the daemon turns.
  std::function<void(Result<>)> Taken(std::function<void(Result<>)> take);

  Timeline& timeline_;
  SimEngine& engine_;
  Chance& chance_;
  const FaultRates& rates_;
  controller::OwnActs& own_acts_;
  const Hands hands_;
  std::optional<store::EventCursor> cursor_;
  controller::EventDigest digest_;
  controller::Inventory inventory_;
  controller::EngineClock clock_;
  fleet::EngineContinuity continuity_ = fleet::EngineContinuity::kFirst;
  std::optional<int> complete_process_;  // of the last complete picture
  int process_ = 0;
  std::int64_t last_event_ns_ = 0;
  std::int64_t told_event_ns_ = 0;
  TimePoint next_list_{};
  std::optional<TimePoint> listed_at_;
  std::uint64_t session_ = 0;
  bool is_ended_ = true;
  bool is_listed_ = false;
  bool is_listing_ = false;
  bool is_complete_ = false;
  bool is_cursor_due_ = false;
  int pings_missed_ = 0;
  int failures_ = 0;
  std::optional<TimePoint> look_due_;
  std::set<ContainerId> failed_inspects_;
  std::uint64_t events_ = 0;
  std::uint64_t events_at_list_ = 0;
  std::uint64_t events_before_ = 0;
  std::uint64_t missed_events_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::sim
