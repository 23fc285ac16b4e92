// Rules: the promises that must hold in every run, checked against what is true in the simulated
// world and never against what the core thinks of itself alone.
//
// Names are those of README.md: I1 no act without opt-in and host policy, I2 none on an old view,
// and so on. Files: act_rules.cc, cascade_rules.cc, trouble_rules.cc (what looks bad together, our
// own trouble, callers cut loose), list_rules.cc, end_rules.cc.
// Threads: none.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "fleet/fleet.h"
#include "fleet/pauses.h"
#include "sim/client.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace fairlead::sim {

struct Broken {
  std::string rule;  // "I7"
  TimePoint at{};
  std::string what;
};

// What is broken so far; a run goes on, so that the first cause is seen with what follows.
class Verdict {
 public:
  Verdict(Timeline& timeline, Trace& trace) : timeline_(timeline), trace_(trace) {}
  void Require(bool holds, const char* rule, const std::string& what);
  const std::vector<Broken>& broken() const { return broken_; }

 private:
  Timeline& timeline_;
  Trace& trace_;
  std::vector<Broken> broken_;
};

// What our life knows at the time of a step, as far as rules depend on it.
struct LifeNow {
  int life = 0;
  bool has_synced = false;  // ever in this life
  bool is_synced = false;   // now
  std::optional<TimePoint> listed_at;
  TimePoint woke_at{};                                     // end of the last standstill
  const std::set<ContainerId>* failed_inspects = nullptr;  // in this life
  bool HasFailedToInspect(const ContainerId& id) const {
    return failed_inspects && failed_inspects->contains(id);
  }
};

// Who gives commands, and who forces them: min-available binds the first alone.
inline constexpr const char* kOperator = "uid 0";
inline constexpr const char* kForcingOperator = "uid 1";

// What checks have told of one generation, in this life of the daemon.
struct Checked {
  int failures = 0;  // countable ones in a row
  int liveness = 0;  // of these, liveness-class
  int timeouts = 0;  // of these, since the last of another kind
  int denials = 0;   // NOT_SERVING of the liveness name in a row
  int passes = 0;    // in a row
  bool has_failed = false;
  bool has_fallen = false;  // `fall` failures in a row, and since then never `rise` passes in a row
  bool has_answer = false;
  bool has_passed = false;
  bool has_refused = false;  // the last countable word was "out": not-serving, misconfigured
  bool was_ready = false;    // passed `rise` times in a row
  spec::Suspect suspect = spec::Suspect::kNone;  // as the prober told last
  std::optional<TimePoint> asked_at;             // when its checks were ordered
};

struct GenerationHash {
  std::size_t operator()(const Generation& generation) const {
    return std::hash<ContainerId>()(generation.id) ^
           std::hash<std::string>()(generation.started_at) * 31;
  }
};

// What intents and budgets belong to: a replica's name without the mark of a recreate.
std::string PlaceOf(std::string replica);

// How often what is kept is looked at.
constexpr Duration kBoundsApart = std::chrono::minutes(1);

class Rules {
 public:
  Rules(Timeline& timeline, SimEngine& engine, Trace& trace, fleet::FleetOptions options);

  // --- what happens, in its order
  void OnLife(int life);
  void OnCheck(const Generation& generation, const spec::CheckOutcome& outcome);
  void OnSuspicion(const Generation& generation, spec::Suspect stage);
  void OnAdopted(const ServiceName& service, std::uint64_t revision) {
    adopted_[service] = revision;
  }
  // The prober has told the core whether our own health server answers it.
  void OnCanary(bool passes);
  // After the views of these effects were published, before anything else of them was done.
  void OnStep(const fleet::Effects& effects, const fleet::Fleet& fleet, const LifeNow& now);
  void OnWritten(const fleet::Record& record);
  void OnNotWritten(const fleet::Record& record);
  void OnOurActServed(fleet::ActId act, fleet::ActKind kind, SimContainer& container,
                      const std::vector<std::unique_ptr<SimClient>>& clients);
  void OnOurActAnswered(const ContainerId& id);
  void OnApplied(const SimClient& client, const std::string& service,
                 const SimClient::Addresses& list, const LifeNow& now);

  // How much is kept, each `kBoundsApart` (I12).
  struct Kept {
    std::size_t in_flight = 0;
    std::size_t own_acts = 0;
    std::size_t acts_kept = 0;
    std::vector<ServiceName> services;
    bool is_serving = false;
    std::size_t planned = 0;
  };
  void CheckBounds(const Kept& kept);

  // --- after a quiet time
  void AtEnd(const fleet::Fleet& fleet, const std::vector<std::unique_ptr<SimClient>>& clients);

  const std::vector<Broken>& broken() const { return verdict_.broken(); }
  // What a run has seen, so that one that tests nothing is noticed.
  struct Figures {
    std::uint64_t views = 0, permits = 0, acts_served = 0, applied = 0;
    std::uint64_t left_suspect = 0;                 // who was out as suspect, at each list
    std::uint64_t pauses = 0, pauses_outlived = 0;  // given; and that a life found at its start
    std::uint64_t cascades = 0;                     // restarts of who stands on what we restarted
    std::uint64_t denials = 0;                      // restarts because of the liveness name alone
    std::uint64_t cuts = 0;                         // of callers
    std::uint64_t canary_failures = 0;              // told to the core
    std::uint64_t braked = 0;                       // times that the brake went on
    // Known limits that were met (README.md).
    std::uint64_t holds_unheard = 0;        // acts after a stop of which no event arrived
    std::uint64_t unknown_at_start = 0;     // left out at our start: the engine failed to tell
    std::uint64_t unready_at_start = 0;     // left out at our start: its first check was lost
    std::uint64_t not_yet_back = 0;         // an act before a client of before had come back
    std::uint64_t old_view_at_waking = 0;   // an act right after a standstill, before the next list
    std::uint64_t heard_of_the_future = 0;  // out for a moment, after the clock was set back
    std::uint64_t unordered_lives = 0;      // whose is older was not known after the clock was set
    std::uint64_t panicked_cut_off = 0;  // lists of clients, in the end: with one without network
  };
  const Figures& figures() const { return figures_; }

 private:
  struct Permit {
    fleet::LedgerEntry entry;
    TimePoint at{};
    std::int64_t wall = 0;
    Duration age_at_load{};  // as this life took it from the store
    bool is_written = false;
    bool is_served = false;
    bool has_failed = false;  // in the engine's words: it may have been carried out all the same
  };
  // A published list of one service: of which life, and whom it names.
  struct Told {
    int life = 0;
    TimePoint at{};
    fleet::ServiceViewPtr view;
    SimClient::Addresses addresses;
  };

  // act_rules.cc
  void CheckPermit(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet, const LifeNow& now);
  void CheckBudget(const fleet::LedgerEntry& entry, const spec::RepairSpec& spec);
  void CheckEvidence(const fleet::LedgerEntry& entry, const spec::ServiceSpec& spec,
                     const LifeNow& now);
  void CheckAvailable(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet,
                      const spec::RepairSpec& spec);
  void CheckPaused(const fleet::LedgerEntry& entry);
  void CheckPausesKept(const fleet::Fleet& fleet);
  void CheckHold(const Permit& permit, const SimContainer& container);
  void CheckOrder(const fleet::Act& act);
  bool IsAddressOf(const ContainerId& id, const std::string& service, const std::string& ip) const;
  void CheckCallers(const Permit& permit, const SimContainer& container,
                    const std::vector<std::unique_ptr<SimClient>>& clients);
  Duration Age(const Permit& permit) const;
  // cascade_rules.cc
  void CheckCascade(const fleet::LedgerEntry& entry, const SimContainer& follower);
  bool IsGround(const SimContainer& ground, const SimContainer& follower);
  bool IsFollower(const SimContainer& ground, const SimContainer& follower);
  void CheckLodger(const fleet::LedgerEntry& entry, const LifeNow& now);
  void CheckLodgersCallers(const Permit& permit, const SimContainer& lender,
                           const std::vector<std::unique_ptr<SimClient>>& clients);
  void CheckFollowers(const SimContainer& follower, const fleet::ReplicaReport& report);
  // trouble_rules.cc
  void HearBrake(const fleet::Effects& effects);
  void CheckMass(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet);
  void CheckCut(const fleet::CutCallers& cut);
  // list_rules.cc
  void CheckView(const fleet::ServiceViewPtr& view, const fleet::Fleet& fleet, const LifeNow& now);
  void CheckLeaving(const fleet::Endpoint& endpoint, const fleet::Fleet& fleet, const LifeNow& now,
                    bool is_first);
  bool HasTwin(const SimContainer& container);
  bool IsMovedByLender(const SimContainer& container);
  bool IsOlderByStamp(const SimContainer& container);
  void CheckSilence(const fleet::ServiceView& view, const fleet::Fleet& fleet);
  void CheckSuspects(const fleet::ServiceView& view, const fleet::Fleet& fleet);
  void CheckVerdicts(const fleet::Fleet& fleet);
  std::optional<fleet::ReplicaReport> ReportOf(const fleet::Fleet& fleet,
                                               const ServiceName& service,
                                               const ContainerId& id) const;
  // end_rules.cc
  void CheckServicesKept(const std::vector<ServiceName>& services, bool is_serving);
  bool IsKeptOut(const fleet::ReplicaReport& report) const;
  const spec::ServiceSpec* SpecOf(const ContainerId& id);

  Timeline& timeline_;
  SimEngine& engine_;
  Verdict verdict_;
  const fleet::FleetOptions options_;
  Figures figures_;
  std::unordered_map<Generation, Checked, GenerationHash> checked_;
  std::unordered_map<ContainerId, spec::LabelReading> readings_;  // labels are fixed at creation
  bool was_serving_ = false;
  TimePoint life_began_{};

  std::map<fleet::ActId, Permit> permits_;  // of all lives
  std::map<fleet::ActId, fleet::LedgerEntry> open_;
  std::map<std::string, std::vector<fleet::ActId>> by_place_;
  std::set<fleet::ActId> ordered_;

  std::map<ServiceName, fleet::ServiceViewPtr> before_;  // this step
  std::set<Generation> permitted_now_;                   // in this step
  std::map<ServiceName, fleet::ServiceViewPtr> views_;   // last told, also by an earlier life
  std::map<std::string, std::vector<Told>> told_;
  std::map<ServiceName, int> view_life_;
  std::map<std::pair<std::string, std::string>, std::size_t> used_;  // client, service -> told_
  // The life of ours that last told a client of a service.
  std::map<std::pair<std::string, std::string>, int> told_by_;
  std::map<std::string, fleet::Intent> intents_;  // as written, by place
  std::set<std::string> unsure_;                  // places whose newest intent is not on disk
  fleet::Pauses pauses_;                          // as this life was told
  fleet::Pauses pauses_on_disk_;
  bool is_begun_ = false;                         // this life has made a step
  bool is_canary_failing_ = false;                // by what this life was told
  std::string brake_ = "off";                     // by what it told
  std::map<ServiceName, TimePoint> cut_at_;       // in this life
  std::map<ServiceName, std::uint64_t> adopted_;  // likewise: the revision
  std::map<ServiceName, int> empty_minutes_;      // that this life showed it
  int life_ = 0;
};

}  // namespace fairlead::sim
