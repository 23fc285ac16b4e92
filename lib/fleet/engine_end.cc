// What an engine that ended may have done to its containers, and what the one that answers again
// says about that.
//
// Why: an engine that shuts down stops everything and then closes its event stream, and until that
// moment each of its stops looks like a person's. After it nothing was stopped by a person: what
// has a restart policy the engine starts again, and what has none stays down, as after every
// reboot. None of it is a failure, so none of it is ours to repair.
#include <algorithm>

#include <fmt/format.h>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

// It ran when the first of others was told to end, and runs on, and nobody has told it to. Whoever
// began later was not there to be told: a restart of ours that the engine finishes while it ends.
bool IsUntouched(const Replica& replica, TimePoint first_told) {
  const bool is_up = replica.facts.status == EngineStatus::kRunning ||
                     replica.facts.status == EngineStatus::kPaused;
  return is_up && !replica.is_process_gone() && !replica.stopping_until &&
         replica.life_seen_at <= first_told;
}

// A stop through the engine's API keeps `unless-stopped` down for ever, and `no`; an engine that
// starts brings all others back.
bool IsBroughtBack(const ContainerFacts& facts) {
  return facts.restart_policy == RestartPolicy::kAlways ||
         facts.restart_policy == RestartPolicy::kOnFailure;
}

}  // namespace

void Fleet::State::ForEachReplica(const std::function<void(Service&, Replica&)>& visit) {
  for (auto& [name, service] : services_) {
    for (auto& [id, replica] : service.replicas) visit(service, replica);
  }
}

// What was killed or died just before is undecided until the engine answers again.
void Fleet::State::SuspectEngine(const InventoryStale& event) {
  // What was so when it went counts; each failed try to reach it again tells only that it is away.
  if (engine_end_) return;
  int signalled = 0;
  TimePoint first_told = now_;
  ForEachReplica([&](Service&, Replica& replica) {
    const bool is_stop = replica.foreign && IsStopSignal(*replica.foreign, replica.facts);
    if (!is_stop || now_ - replica.foreign->at > kShutdownLongest) return;
    ++signalled;
    first_told = std::min(first_told, replica.foreign->at);
  });
  bool is_any_untouched = false;
  ForEachReplica(
      [&](Service&, Replica& replica) { is_any_untouched |= IsUntouched(replica, first_told); });
  EngineEnd end{.is_stream_end = event.is_stream_end,
                .were_all_signalled = signalled >= 2 && !is_any_untouched,
                .reach = kShutdownSuspicion};
  if (signalled > 0 && !is_any_untouched) end.reach = kShutdownLongest;
  ForEachReplica([&](Service&, Replica& replica) {
    const bool is_suspect = replica.foreign && now_ - replica.foreign->at <= end.reach;
    if (replica.foreign) replica.foreign->is_shutdown_suspect = is_suspect;
    if (!replica.death || now_ - replica.death->at > end.reach) return;
    replica.death->shutdown = ShutdownVerdict::kSuspected;
    replica.departure = {};
  });
  engine_end_ = end;
}

// True when the engine that ended is to be taken for the cause of a death that was suspected.
bool Fleet::State::IsEnginesDoing(const Replica& replica, bool is_restarted) const {
  if (!is_restarted || replica.death->ours) return false;
  const bool is_signalled = replica.foreign && replica.foreign->is_shutdown_suspect;
  // The engine would have started it again, had nobody but itself stopped it.
  const bool is_kept_down = replica.facts.restart_policy == RestartPolicy::kUnlessStopped &&
                            replica.facts.status == EngineStatus::kExited;
  if (is_kept_down && is_signalled) return false;
  return is_signalled ||
         (LooksStopped(replica.death->exit_code, replica.facts) && replica.death->exit_code != 0);
}

void Fleet::State::JudgeEngine(EngineContinuity continuity) {
  const EngineEnd end = std::exchange(engine_end_, std::nullopt).value_or(EngineEnd{});
  const bool is_likely = end.is_stream_end && end.were_all_signalled;
  const bool is_restarted = continuity == EngineContinuity::kRestarted ||
                            (continuity == EngineContinuity::kUnknown && is_likely);
  ForEachReplica([&](Service& service, Replica& replica) {
    if (std::exchange(replica.is_start_unwatched, false))
      SettleUnwatchedStart(service, replica, is_restarted);
    if (replica.death && replica.death->shutdown == ShutdownVerdict::kSuspected) {
      replica.death->shutdown = IsEnginesDoing(replica, is_restarted) ? ShutdownVerdict::kCertain
                                                                      : ShutdownVerdict::kNone;
      replica.departure = {};
    }
    if (replica.foreign) replica.foreign->is_shutdown_suspect = false;
  });
}

// Who started a new life. What a person evicted stays evicted when the engine brought it back.
void Fleet::State::SettleUnwatchedStart(Service& service, Replica& replica, bool is_restarted) {
  if (!replica.is_running()) return;
  const bool may_be_engines = phase_ == Phase::kConfigured || is_restarted;
  if (is_restarted) replica.last_cause = Departure{.kind = DepartureKind::kEngineShutdown}.Code();
  if (is_restarted && replica.facts.restart_policy != RestartPolicy::kNo) {
    AddNote(NoteKind::kPresenceChanged, service, &replica, "engine-restart-policy",
            fmt::format("{} runs again since the engine was restarted: restart policy {}",
                        replica.name, RestartPolicyText(replica.facts)));
  }
  if (service.intent_of(replica) != IntentKind::kEvicted) return;
  if (may_be_engines && IsBroughtBack(replica.facts)) return;
  SetIntent(service, replica, IntentKind::kNone, "fairlead",
            "the evicted container was started again");
}

}  // namespace fairlead::fleet
