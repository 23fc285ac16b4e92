// Phases: when anything may be told, and when anything may be done.
//
// Why: an empty or short list after a restart is the classic way to take everything down, and an
// act on an old picture the classic way to do harm. Before serving nothing leaves the core; while
// stale the views are frozen and nothing is done.
#include <utility>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

using spec::CheckClass;

// It says nothing about anybody that we ask. A way that is missing is a replica's own, and lasts.
bool IsOurTrouble(CheckClass outcome) {
  return outcome == CheckClass::kNoFd || outcome == CheckClass::kNoPort ||
         outcome == CheckClass::kSelfStalled || outcome == CheckClass::kCanaryFailed;
}

}  // namespace

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kConfigured:
      return "configured";
    case Phase::kEngineSynced:
      return "engine-synced";
    case Phase::kVerdictsSynced:
      return "verdicts-synced";
    case Phase::kServing:
      return "serving";
    case Phase::kStale:
      return "stale";
    case Phase::kStopping:
      return "stopping";
  }
  return "";
}

void Fleet::State::Enter(Phase phase, const std::string& why) {
  if (phase_ == phase) return;
  phase_ = phase;
  for (const auto& [name, service] : services_) dirty_.insert(name);
  TellPhase(why);
}

void Fleet::State::TellPhase(const std::string& why) {
  Note note;
  note.kind = NoteKind::kPhaseChanged;
  note.code = PhaseName(phase_);
  note.text = why;
  effects_.notes.push_back(std::move(note));
}

void Fleet::State::Apply(const InventorySynced& event) {
  replayed_.clear();
  ForgetStopsOfTheGone();
  if (phase_ == Phase::kConfigured || phase_ == Phase::kStale) JudgeEngine(event.continuity);
  if (phase_ == Phase::kConfigured)
    Enter(Phase::kEngineSynced, "the engine has told of every container");
  if (phase_ != Phase::kStale) return;
  if (has_served_) {
    Enter(Phase::kServing, "the engine is back and has told of every container");
  } else {
    Enter(Phase::kEngineSynced, "the engine is back and has told of every container");
  }
}

void Fleet::State::Apply(const InventoryStale& event) {
  if (phase_ == Phase::kStopping) return;
  ForEachReplica([](Service&, Replica& replica) { replica.is_unconfirmed = true; });
  if (phase_ == Phase::kConfigured && event.is_stream_end) ForgetEndsOfAnEngineThatWent();
  // The engine is asked again and again; only a new reason is news.
  const bool is_news = std::exchange(stale_reason_, event.reason) != event.reason;
  if (phase_ == Phase::kStale) {
    if (is_news) TellPhase(event.reason);
    return;
  }
  SuspectEngine(event);
  if (phase_ == Phase::kConfigured) {
    if (is_news) TellPhase("waiting for the engine: " + event.reason);
    return;
  }
  Enter(Phase::kStale, event.reason);
}

void Fleet::State::Apply(const Stopping&) {
  Enter(Phase::kStopping, "fairlead was asked to stop");
}

// A check that our own trouble ended is none: whoever could ask nobody knows of nobody, and a list
// made of that would be empty. It ends as the brake does, which the same trouble puts on later.
bool Fleet::State::IsVerdictMissing(const Replica& replica) const {
  if (!replica.target || replica.health.has_result()) return false;
  const std::optional<spec::CheckOutcome>& last = replica.health.last();
  if (!last) return now_ < replica.first_verdict_due;
  return IsOurTrouble(last->check_class) && now_ < replica.first_verdict_due + kBrakeLongest;
}

void Fleet::State::AdvancePhase() {
  if (phase_ != Phase::kEngineSynced || !missing_verdicts_.empty()) return;
  Enter(Phase::kVerdictsSynced,
        "every running replica has a verdict or has let its first check pass");
  has_served_ = true;
  Enter(Phase::kServing, "inventory and verdicts are there");
}

}  // namespace fairlead::fleet
