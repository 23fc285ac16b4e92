// SimDaemon: one life of fairlead: the real core with its real bookkeeping, on simulated hands.
//
// Why: what is killed at any point must be one object that vanishes, with nothing left of it but
// what it wrote. Effects are carried out in the order of their contract (fleet/effects.h), with a
// place to die between any two steps of it.
// Threads: none.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "controller/own_acts.h"
#include "fleet/fleet.h"
#include "sim/discovery.h"
#include "sim/fail_points.h"
#include "sim/observer.h"
#include "sim/prober.h"
#include "sim/rules.h"
#include "sim/store.h"

namespace fairlead::sim {

// Between which steps of the effects' contract a life ends.
enum class DeathPlace { kBeforePublish, kBeforeWrite, kBeforeOrders, kAfterOrders };

class SimDaemon {
 public:
  struct World {
    Timeline& timeline;
    Trace& trace;
    Chance& chance;
    SimEngine& engine;
    SimStore& store;
    Rules& rules;
    const FaultRates& rates;
    const PathFault& path;
    FailPoints* fail_points;  // null: nobody wants to know
  };

  // `ends` is called once, when this life comes to a fail point at which it is to end.
  SimDaemon(World world, const fleet::FleetOptions& options, int life, std::function<void()> ends);

  void Submit(fleet::Event event);
  // A process of the host has ended: our watch of it and our kept connection see that.
  void OnProcessEnded(const SimContainer& container);
  // The engine carries out what we asked of it.
  void OnOurActServed(fleet::ActKind kind) { EndsAt("served", fleet::ActKindName(kind)); }
  // As after a SIGSTOP: nothing is taken or done until then.
  void StandStill(TimePoint until);
  // The next effects that write anything end this life there; `died` is called once.
  void DieAt(DeathPlace place, std::function<void()> died);

  const fleet::Fleet& fleet() const { return fleet_; }
  SimDiscovery& discovery() { return discovery_; }
  const SimObserver& observer() const { return observer_; }
  LifeNow now() const;
  std::uint64_t steps() const { return steps_; }
  std::uint64_t checks() const { return prober_.checks(); }
  std::size_t own_acts() const { return own_acts_.remembered(); }

 private:
  struct Taken {
    fleet::Effects effects;
    fleet::Phase phase = fleet::Phase::kConfigured;
  };

  static fleet::Remembered Load(const World& world, controller::OwnActs& own_acts);
  void Turn(std::function<void()> what);
  void Later(Duration wait, std::function<void()> what);
  // Works off the inbox; `begun` was taken from it before and waits to be carried out.
  void Drain(std::optional<Taken> begun = {});
  // What the core made of it, published; nothing: this life has ended.
  std::optional<Taken> Take(const fleet::Event& event);
  void CarryOut(const Taken& taken);
  bool Write(const std::vector<fleet::Record>& records);
  void Order(const fleet::Effects& effects);
  void CountCallers(const Generation& generation, int rounds);
  void Run(const fleet::Act& act);
  void ArmTimer(std::optional<TimePoint> wake_at);
  void PlanWake();
  // True when this life ends here.
  bool DiesAt(DeathPlace place, const fleet::Effects& effects);
  bool EndsAt(std::string_view where, std::string_view occasion);

  const World world_;
  const int life_;
  controller::OwnActs own_acts_;
  fleet::Fleet fleet_;
  SimProber prober_;
  SimDiscovery discovery_;
  SimObserver observer_;
  std::deque<fleet::Event> inbox_;
  bool is_draining_ = false;
  bool has_synced_ = false;
  bool is_gate_open_ = false;
  bool is_dead_ = false;
  TimePoint still_until_{};
  std::optional<DeathPlace> dies_at_;
  std::function<void()> died_;
  const std::function<void()> ends_;
  std::optional<TimePoint> wake_;
  std::set<TimePoint> planned_wakes_;  // on the timeline, whether or not still wanted
  std::set<Generation> watched_;
  std::set<Generation> counted_;
  std::set<fleet::ActId> unrecorded_;
  std::uint64_t steps_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::sim
