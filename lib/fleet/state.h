// Fleet::State: what the core knows, and the steps in which it decides. Private to lib/fleet.
//
// One file per idea implements it:
//
//     observe.cc    containers come, change and go
//     evidence.cc   checks, ends of processes, acts of others, what became of ours
//     refresh.cc    what follows for one replica
//     phases.cc     when anything may be told or done
//     engine_end.cc what an engine that ended may have done to its containers
//     braking.cc    who counts for the brake, and what it changes
//     repair.cc     wishes, what holds them, whose turn it is
//     cascade.cc    who is restarted after whom
//     acts.cc       an act from its ledger entry to its end
//     drain.cc      what an act waits for, and what ended the wait
//     publish.cc    views and their adoption
//     cutting.cc    callers that wait in vain on what fell silent
//     commands.cc   what people ask for
//     trial_run.cc  what a command would do
//     stopped_lives.cc  somebody's stops that look like crashes to who did not see them
//     pausing.cc    pauses of repairs, and why one holds
//     notes.cc      what people are told
//     report.cc     what people see
//     explain.cc    why, for one who asks; explain_holds.cc: what each reason is weighed by
//
// Order of one Step: due services, Apply, Refresh, phase, commands, repair turns, views, cuts,
// drains, notes, timers. Only touched ("dirty") services are looked at: a Step costs O(their
// replicas), never O(fleet).
//
// Invariant: index_ has exactly the containers that are in a service's replicas.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fleet/brake.h"
#include "fleet/endpoint.h"
#include "fleet/explanation.h"
#include "fleet/fleet.h"
#include "fleet/host_turns.h"
#include "fleet/pauses.h"
#include "fleet/rotation.h"
#include "fleet/service.h"

namespace fairlead::fleet {

class Fleet::State {
 public:
  State(FleetOptions options, Remembered remembered, TimePoint now);
  Effects Step(const Event& event, TimePoint now);

  Phase phase() const { return phase_; }
  std::vector<ServiceName> services() const;
  std::optional<ServiceReport> Report(const ServiceName& name) const;
  std::vector<ContainerDiagnostics> Diagnostics() const;
  std::vector<Pause> pauses() const { return pauses_.all(); }
  Result<Explanation> Explain(const std::string& name);
  Result<TrialRun> TryOut(const OperatorCommand& command);  // trial_run.cc

 private:
  // A container that is known but in no service, or carries diagnostics.
  struct Known {
    ContainerFacts facts;
    bool is_opted_in = false;
    std::vector<spec::Diagnostic> diagnostics;
  };
  // The end of the engine's stream, as far as it may have ended containers.
  struct EngineEnd {
    bool is_stream_end = false;
    bool were_all_signalled = false;  // two or more, and every one that ran
    Duration reach{};                 // how long before it a kill may have been the engine's
  };
  struct Found {
    Service* service = nullptr;
    Replica* replica = nullptr;
    explicit operator bool() const { return replica != nullptr; }
  };

  // observe.cc
  void Apply(const ContainerObserved& event);
  void Apply(const ContainerGone& event);
  void Join(const ContainerObserved& event);
  void Leave(const ContainerId& id);
  void TakeFacts(Service& service, Replica& replica, const ContainerFacts& facts);
  void BeginLife(Service& service, Replica& replica);
  void KeepForeignOfThisLife(Replica& replica);
  void NoteRestart(Service& service, const Replica& replica);
  bool WasRepairedBefore(const Replica& replica) const;
  void SettleLeftOpen(const Replica& replica);
  void RecordDeath(Service& service, Replica& replica, bool was_watched);
  void ResetHealth(Replica& replica, bool wants_rise_first);
  void TouchNamespaceSharers(const ContainerId& owner);
  void MarkReplaced(Service& service, const Replica& newer);
  void HoldAddresses(const ContainerFacts& facts);
  void Remember(const ContainerObserved& event);
  void Forget(const ContainerId& id);

  // evidence.cc
  void Apply(const ProbeFinished& event);
  void Apply(const ConnectionClosed& event);
  void Apply(const SuspicionChanged& event);
  void Apply(const TransportRefused& event);
  void Apply(const CanaryChanged& event);
  void Apply(const ProcessExited& event);
  void Apply(const ForeignActSeen& event);
  void HearOfDeath(Service& service, Replica& replica);
  ForeignAct ForeignActOf(const ForeignActSeen& event) const;
  void MarkStopping(Replica& replica, const ForeignAct& act);
  void Apply(const ViewAdopted& event);
  void Apply(const ActionFinished& event);
  void Apply(const TrafficObserved& event);
  void Apply(const Tick&) {}

  // replayed.cc
  void Apply(const EndReplayed& event);
  void KeepForInspect(const ForeignActSeen& event);
  // True when the history told of the end that inspect shows; takes over who caused it.
  void ForgetEndsOfAnEngineThatWent();
  bool WasReplayed(Replica& replica);
  void TakeStopUnderWay(Replica& replica);

  // phases.cc
  void Apply(const InventorySynced& event);
  void Apply(const InventoryStale& event);
  void Apply(const Stopping&);
  void Enter(Phase phase, const std::string& why);
  void TellPhase(const std::string& why);
  void AdvancePhase();
  // By when a replica's first check is over, begun now.
  TimePoint FirstVerdictDue(const Replica& replica) const;
  // At the begin of each step; oversleeping.cc.
  void NoteOversleeping();
  bool IsLookingAround() const;
  bool IsVerdictMissing(const Replica& replica) const;
  bool may_act() const { return phase_ == Phase::kServing; }

  // engine_end.cc
  void SuspectEngine(const InventoryStale& event);
  void JudgeEngine(EngineContinuity continuity);
  bool IsEnginesDoing(const Replica& replica, bool is_restarted) const;
  void SettleUnwatchedStart(Service& service, Replica& replica, bool is_restarted);
  void ForEachReplica(const std::function<void(Service&, Replica&)>& visit);

  // refresh.cc
  void Refresh(Service& service);
  void RefreshReplica(Service& service, Replica& replica);
  void JudgeDeparture(Service& service, Replica& replica);
  static void TakeEngineVerdict(Replica& replica);
  void ObserveHealth(Service& service, Replica& replica);
  void OrderChecks(Replica& replica);
  void OrderProcessWatch(Replica& replica);
  const ContainerFacts* NetworkFacts(const Replica& replica) const;
  bool IsHeldByAnother(const NetworkAddress& address, const ContainerId& id) const;
  Reach ReachOfReplica(const Replica& replica) const;
  bool IsReachable(const Replica& replica) const;
  Rotations RotationsOf(const Service& service, bool& is_panic) const;
  Rotations RotationsOf(const Service& service) const;

  // braking.cc
  void CountForBrake(const Service& service, Replica& replica);
  void LeaveBrake(const ContainerId& id);
  void UpdateBrake();
  Duration LongestRound() const;

  // repair.cc
  std::optional<Wish> WishFor(const Service& service, const Replica& replica) const;
  // What a reason that may hold a wish is weighed on.
  struct Weighing {
    const Service& service;
    const Replica& replica;
    const Wish& wish;
    const Rotations& rotations;
  };
  Hold HoldFor(const Service& service, Replica& replica, const Rotations& rotations) const;
  Hold Weigh(HoldReason reason, const Weighing& weighing) const;
  Hold BudgetHold(HoldReason reason, const Service& service, const Replica& replica) const;
  bool EngineWillRestart(const Replica& replica) const;
  std::string StrandedSharersOf(const Replica& owner) const;
  bool BreaksMinAvailable(const Service& service, const Replica& replica,
                          const Rotations& rotations) const;
  int MinAvailable(const Service& service, const spec::RepairSpec& repair) const;
  void WeighWishes(Service& service);
  void GrantTurns();
  Replica* OldestCandidate(Service& service);

  // cascade.cc
  void NoteCascade(const Replica& replica);
  const Replica* GroundOf(const Replica& follower,
                          bool (*holds)(const Replica& follower, const Replica& ground)) const;
  const Replica* RestartedGround(const Replica& follower) const;
  const Replica* MovingGround(const Replica& follower) const;
  bool IsCircle(const Replica& follower, const Replica& ground) const;
  bool IsStranded(const Replica& replica) const;
  void TouchFollowers(const Replica& ground);
  void TouchNamespaceOwners(const Service& service);
  bool IsRestartedAlong(const ContainerId& sharer, const Replica& owner) const;
  bool AreLodgersOut(const Replica& owner) const;

  // acts.cc
  struct ActOrder {
    ActKind kind = ActKind::kRestart;
    std::string cause;
    std::string actor;
    bool by_operator = false;
    bool leaves_stopped = false;
    std::optional<std::uint64_t> command = std::nullopt;
  };
  void Permit(Service& service, Replica& replica, const ActOrder& order);
  void SettleAct(Service& service, Replica& replica);
  void BeginActing(Replica& replica);
  void FinishActing(Service& service, Replica& replica, const Result<>& outcome);
  void EndVerifying(Service& service, Replica& replica, Result<> outcome);
  void CloseEntry(LedgerEntry entry, ActState state, const std::string& outcome);
  PastAct& RememberAct(const LedgerEntry& entry);
  void DropAct(Service& service, Replica& replica, const std::string& why);
  bool IsOurs(const Replica& replica) const;
  std::optional<OurAct> OurActOn(const Replica& replica) const;
  bool IsEndOf(const EndingAct& ours, const Replica& replica) const;
  static bool IsEndOf(const EarlierAct& earlier, const Replica& replica);
  void EndAct(Replica& replica);

  // drain.cc
  void BeginDrain(const Service& service, Replica& replica);
  void AdvanceDrains(Service& service);
  DrainEnd DrainEndOf(const Service& service, const Replica& replica) const;
  bool HasNothingToWaitFor(const Service& service, const Replica& replica) const;
  void EndTrafficCount(CurrentAct& act);
  std::string WhyDrained(const Replica& replica) const;

  // publish.cc
  void Publish(Service& service);
  std::vector<Endpoint> FrozenEndpoints(const Service& service) const;
  void MarkAbsences(Service& service);
  bool IsAdoptedWithout(const Service& service, const Replica& replica) const;
  void NoteTrafficDifferences(Service& service);

  // forgetting.cc
  std::optional<TimePoint> NextForgetting(const Service& service) const;
  bool ForgetWhatIsOver(Service& service);

  void RememberStop(const Generation& generation);
  void ForgetStop(const ContainerId& id);
  void ForgetStopsOfTheGone();
  bool IsKnownStop(const Generation& generation) const;
  void DropViewWhenLongEmpty(Service& service);

  // cutting.cc
  void CutCallersOf(Service& service);
  std::optional<TimePoint> CutDue(const Service& service, const Replica& replica) const;
  void Apply(const CallersCut& event);

  // commands.cc
  void Apply(const OperatorCommand& event);
  void RunCommands();
  void Run(const OperatorCommand& command);
  Result<Found> Resolve(const std::string& text);
  std::optional<Error> UnmanagedNamed(const std::string& text) const;
  Result<> Admit(const OperatorCommand& command, const Found& found) const;
  Result<> AdmitAlone(const OperatorCommand& command, const Replica& replica,
                      const std::string& what) const;
  void Drain(const OperatorCommand& command, const Found& found);
  void Undrain(const OperatorCommand& command, const Found& found);
  void RestartOrEvict(const OperatorCommand& command, const Found& found);
  void SetIntent(Service& service, Replica& replica, IntentKind kind, const std::string& actor,
                 const std::string& reason);
  void AnswerDrains(Service& service);
  void Answer(std::uint64_t command, Result<> answer, const Service* service,
              const Replica* replica);

  // pausing.cc
  void PauseOrResume(const OperatorCommand& command);
  Result<Pause> PauseNamed(const OperatorCommand& command);
  void TouchPaused(const Pause& pause);
  void NotePause(const Pause& pause);
  std::string WhyPaused(const ServiceName& service, const Replica& replica) const;
  std::string IntentCode(const Service& service, const Replica& replica) const;

  // notes.cc
  Note& AddNote(NoteKind kind, const Service& service, const Replica* replica, std::string code,
                std::string text);
  void AddReasons(NoteKind kind, const Service& service, const Replica& replica, Note& note) const;
  void NoteChanges(Service& service);
  void NoteDeparture(Service& service, Replica& replica);
  std::string WhatFollows(const Replica& replica) const;
  static std::string WhyVerdict(const Replica& replica);
  std::string WhyRotation(const Service& service, const Replica& replica,
                          const Rotation& rotation) const;
  std::string RepairCode(const Replica& replica) const;
  std::string RepairText(const Replica& replica) const;
  ShownReplica ShownNow(const Service& service, const Replica& replica,
                        const Rotation& rotation) const;

  // explain.cc, explain_holds.cc
  std::vector<const Service*> ServicesNamed(const std::string& text) const;
  ReplicaExplanation ExplanationOf(const Service& service, const Replica& replica,
                                   const Rotations& rotations, bool is_whole) const;
  std::vector<Measure> MeasuresOf(const Service& service) const;
  std::vector<Measure> MeasuresOf(const Service& service, const Replica& replica,
                                  const Rotation& rotation) const;
  NextStep NextStepOf(const Replica& replica) const;
  std::vector<WeighedHold> HoldsOf(const Weighing& weighing) const;
  std::string MeasuredFor(HoldReason reason, const Weighing& weighing) const;
  std::string AdviceOn(HoldReason reason, const Weighing& weighing) const;

  // report.cc
  ReplicaReport ReportOf(const Service& service, const Replica& replica,
                         const Rotation& rotation) const;

  // fleet.cc
  Found Find(const ContainerId& id);
  Found Find(const Generation& generation);
  Service& ServiceNamed(const ServiceName& name);
  void Touch(const Service& service) { dirty_.insert(service.name); }
  void TouchDue();
  std::optional<TimePoint> NextPlace() const;
  void ForDirty(const std::function<void(Service&)>& visit);
  std::optional<TimePoint> NextWake(const Service& service) const;
  void SetTimer(const ServiceName& name, std::optional<TimePoint> at);
  void FinishStep();
  void FinishTouched();

  const FleetOptions options_;
  TimePoint now_;
  Phase phase_ = Phase::kConfigured;
  bool has_served_ = false;              // stale returns to serving, not to the start
  std::string stale_reason_;             // as last told
  std::optional<EngineEnd> engine_end_;  // while stale: what ended, and what it may have done
  std::map<Generation, EarlierAct> earlier_acts_;  // of the ledger, by the life they were to end
  std::map<ServiceName, Service> services_;
  std::unordered_map<ContainerId, ServiceName> index_;
  std::map<ContainerId, Known> known_;  // everything observed and not gone
  std::map<ContainerId, std::set<ContainerId>> namespace_sharers_;  // owner -> who shares
  std::set<ContainerId> cascading_;                    // replicas whose repair.cascade is on
  std::map<ContainerId, std::string> repaired_lives_;  // of the ledger: the life that an act ended
  // Acts that were under way when the daemon ended, until their container is seen: the engine may
  // have carried them out.
  std::map<ContainerId, LedgerEntry> left_open_;
  // By network and address, who was seen with it last, running: an engine gives each to one at a
  // time.
  std::map<std::string, std::map<std::string, ContainerId>> address_holders_;
  struct Replayed {
    bool has_ended = false;
    std::optional<ForeignAct> foreign;   // since the last end
    std::optional<ForeignAct> ended_by;  // what caused the last end
  };
  std::map<ContainerId, Replayed> replayed_;  // of containers not yet inspected
  std::set<Generation> missing_verdicts_;     // before serving: running, and no word yet
  std::optional<TimePoint> wake_asked_;       // by the last step
  std::optional<TimePoint> repairs_from_;     // after the last time that we overslept
  std::optional<TimePoint> next_place_;       // for one that waits for its turn, by time alone
  ActId next_act_;
  std::uint64_t revision_floor_ = 0;  // revisions of dropped services are not used again
  Brake brake_;
  std::unordered_set<ContainerId> countable_;  // for the brake
  std::unordered_set<ContainerId> failing_;    // of these
  std::string canary_trouble_;                 // empty while it passes
  Pauses pauses_;
  std::map<ContainerId, std::string> stopped_lives_;  // when the life began (ledger.h, StoppedLife)
  HostTurns turns_;                                   // of acts that are not an operator's
  std::set<ServiceName> waiting_;          // services with wishes that only wait for a turn
  std::vector<OperatorCommand> commands_;  // of this step
  std::map<std::uint64_t, OperatorCommand> asked_;  // not yet answered
  std::vector<Record> first_records_;               // of the constructor, for the first step
  std::map<ServiceName, TimePoint> timers_;
  std::set<std::pair<TimePoint, ServiceName>> due_;
  std::set<ServiceName> dirty_;
  Effects effects_;
};

}  // namespace fairlead::fleet
