// Simulation: one run from one seed: a host, its engine, people, clients and lives of the daemon.
//
// Threads: none. Equal options give equal runs, to the last event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/daemon.h"
#include "sim/fail_points.h"
#include "sim/fault_plan.h"

namespace fairlead::sim {

struct SimOptions {
  std::uint64_t seed = 1;
  int replicas = 50;
  Duration length = std::chrono::hours(1);        // the quiet time at its end included
  std::function<void(std::string_view)> print{};  // gets the trace, line by line
  FailPoints* fail_points = nullptr;              // hears where a life could end, and may end one
  std::optional<FaultPlan> plan{};                // none: drawn from the seed
  Duration first_life_after{};                    // 30 s: everything that starts serves by then
};

struct SimResult {
  std::vector<Broken> broken;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;   // of the core
  std::uint64_t checks = 0;  // that were asked
  int lives = 0;
  Rules::Figures figures;
};

class Simulation final : private EngineWitness {
 public:
  explicit Simulation(SimOptions options);
  ~Simulation() override;

  SimResult Run();

 private:
  // simulation.cc
  void MakeHost();
  void MakeClients();
  using Labels = std::map<std::string, std::string>;
  Labels DrawLabels();
  // A service of up to so many containers, and at times one that lives in the network of its first.
  int MakeService(int most);
  void MakeLodger(const ContainerId& lender, const std::string& service, Labels labels);
  SimContainer DrawContainer(const std::string& service, int number, std::uint16_t port = kPort);
  void DrawEngineSide(SimContainer& container);
  void BeginLife();
  void EndLife(Duration away);
  void Heal();
  void WatchBounds();
  void OnProcessEnded(const SimContainer& container) override;
  void OnOurActServed(fleet::ActId act, fleet::ActKind kind, SimContainer& container) override;

  // faults.cc
  void Happen(const Fault& fault);
  void HappenToProcess(const Fault& fault);
  void HappenToMany(const Fault& fault);
  void PersonActs(const Fault& fault);
  void HappenToEngine(const Fault& fault);
  void HappenToUs(const Fault& fault);
  void HappenToClient(const Fault& fault);
  void Misbehave(const ContainerId& id, Answer answer, Duration span);
  void Deny(const ContainerId& id, Duration span);
  void Recreate(const ContainerId& id);
  void Command(const Fault& fault);
  void PauseRepairs(const Fault& fault);
  void ResumeAll();
  // The one that `pick` means among those for which `fits` holds; null: there is none.
  SimContainer* Pick(std::uint64_t pick, const std::function<bool(const SimContainer&)>& fits);

  const SimOptions options_;
  Timeline timeline_;
  Trace trace_;
  Chance chance_;
  FaultPlan plan_;
  SimEngine engine_;
  SimStore store_;
  PathFault path_;
  fleet::FleetOptions fleet_options_;
  std::unique_ptr<Rules> rules_;
  std::vector<std::string> services_;
  std::string ground_;  // a service whose restarts others follow; "": none yet
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::unique_ptr<SimDaemon> daemon_;
  int lives_ = 0;
  std::size_t faults_to_come_ = 0;  // all are planned at the beginning; a day has thousands
  std::uint64_t commands_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t checks_ = 0;
};

}  // namespace fairlead::sim
