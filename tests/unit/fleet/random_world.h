// RandomWorld: a small host full of containers, people and an engine that lose, repeat and delay
// what they tell; it drives a real Fleet from one seed and checks after every step what must always
// hold.
//
// Why: rules that hold in the stories somebody thought of have to hold in those nobody thought of.
// Threads: none. Equal seeds give equal traces.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "fleet/fleet.h"

namespace fairlead::fleet::testing {

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed);

  // One random thing happens.
  void HappenSomething();
  // Nothing goes wrong any more: everything runs, answers and is adopted for some minutes.
  void Heal();
  // The replicas that are not in rotation although nothing keeps them out; empty when all is well.
  std::string NotServing() const;

  const std::vector<std::string>& broken_rules() const { return broken_; }
  const std::string& trace() const { return trace_; }
  int cut_count() const { return cut_count_; }
  int standby_count() const { return standby_count_; }

 private:
  struct Container {
    ContainerFacts facts;
    spec::ServiceSpec spec;
    int lives = 1;
    bool is_stopped_by_person = false;
  };

  void AddContainer(const std::string& service, int number);
  void Observe(const Container& container);
  void StartLife(Container& container);
  void End(Container& container, int exit_code);
  void StopByPerson(Container& container);
  void Replace(std::size_t index);
  void Probe(const Container& container);
  void Hang(const Container& hung);
  void Sync();
  void Adopt();
  void FinishAct(bool is_fine);
  void Command(const Container& container);
  void PassTime(Duration duration);
  Container* Of(const ContainerId& id);

  void Step(const Event& event);
  void Check(const Effects& effects);
  void CheckView(const ServiceView& view);
  void CheckStandbys(const ServiceView& view);
  void CheckPermit(const LedgerEntry& entry);
  void CheckAct(const Act& act);
  void CheckCut(const CutCallers& cut);
  void Require(bool holds, const std::string& rule);
  int AvailableIn(const ServiceName& name) const;
  bool Chance(std::uint64_t percent) { return rng_.Below(100) < percent; }

  Rng rng_;
  TimePoint now_{std::chrono::hours(1)};
  Fleet fleet_;
  std::vector<Container> containers_;
  std::map<ServiceName, ServiceViewPtr> views_;
  std::map<ServiceName, ServiceViewPtr> views_before_;
  std::deque<Act> acts_;                                   // ordered, not yet answered
  std::map<ActId, LedgerEntry> open_;                      // permitted, not yet ended
  std::set<ContainerId> watched_;                          // whose init is watched
  std::map<std::string, std::vector<TimePoint>> repairs_;  // by place
  std::map<ServiceName, TimePoint> cuts_;                  // the last of each service
  int cut_count_ = 0;
  int standby_count_ = 0;
  std::optional<TimePoint> wake_at_;
  bool has_served_ = false;
  int created_ = 0;
  std::uint64_t commands_ = 0;
  std::vector<std::string> broken_;
  std::string trace_;
};

}  // namespace fairlead::fleet::testing
