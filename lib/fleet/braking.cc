// Braking: who counts for the brake, and what its changes touch.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "fleet/endpoint.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

// Whoever is asked, has been ready in any life and is meant to serve. Who is under repair for his
// silence counts as failing until it has helped: a restart alone is no sign that all is well.
void Fleet::State::CountForBrake(const Service& service, Replica& replica) {
  const HealthTracker& health = replica.health;
  replica.has_been_ready = replica.has_been_ready || health.was_ready();
  const IntentKind intent = service.intent_of(replica);
  const bool is_by_person = intent == IntentKind::kDrained || intent == IntentKind::kEvicted ||
                            (replica.act && replica.act->entry.by_operator);
  const bool is_repaired =
      replica.act && !is_by_person && replica.act->entry.kind != ActKind::kStart;
  const bool is_misconfigured =
      health.readiness() == Readiness::kNotReady && spec::IsMisconfiguration(health.failure());
  const bool counts = IsChecked(replica.spec.health.protocol) && replica.has_been_ready &&
                      !is_by_person && !is_misconfigured && (is_repaired || replica.target);
  if (!counts) return LeaveBrake(replica.facts.id);
  countable_.insert(replica.facts.id);
  const bool is_silent = health.failures() >= std::min(kBrakeFailuresMin, replica.spec.health.fall);
  const bool is_denied =
      health.denials() >= std::min(kBrakeFailuresMin, replica.spec.liveness.fall);
  if (is_repaired || is_silent || is_denied) {
    failing_.insert(replica.facts.id);
  } else {
    failing_.erase(replica.facts.id);
  }
}

void Fleet::State::LeaveBrake(const ContainerId& id) {
  countable_.erase(id);
  failing_.erase(id);
}

Duration Fleet::State::LongestRound() const {
  Duration longest{};
  for (const ContainerId& id : countable_) {
    const spec::HealthSpec& health = services_.at(index_.at(id)).replicas.at(id).spec.health;
    longest = std::max(longest, health.interval + health.timeout);
  }
  return longest;
}

// Before serving nobody is told anything, and while stale nothing is done anyway.
void Fleet::State::UpdateBrake() {
  if (!has_served_ || phase_ == Phase::kStopping) return;
  BrakeCounts counts{.countable = static_cast<int>(countable_.size()),
                     .failing = static_cast<int>(failing_.size()),
                     .canary_trouble = canary_trouble_};
  // Looked up only when it goes on: it takes a walk over everybody.
  const bool begins = brake_.state() == Brake::State::kOff && counts.is_cause();
  if (begins) counts.round = LongestRound();
  if (!brake_.Observe(counts, now_)) return;
  for (const auto& [name, service] : services_) dirty_.insert(name);
  Note note;
  note.kind = NoteKind::kBrakeChanged;
  note.code = BrakeStateName(brake_.state());
  switch (brake_.state()) {
    case Brake::State::kOn:
      note.text = fmt::format(
          "{}: nothing is repaired and no list shrinks until {} for {}; after {} "
          "repairs are tried one at a time",
          brake_.reason(), canary_trouble_.empty() ? "fewer than half did" : "it does",
          FormatDuration(kBrakeCalmRounds * brake_.round()), FormatDuration(kBrakeLongest));
      break;
    case Brake::State::kTrial:
      note.text = fmt::format(
          "{}, for {} now: repairs are tried one at a time, ever further apart; no list shrinks",
          brake_.reason(), FormatDuration(kBrakeLongest));
      break;
    case Brake::State::kOff:
      note.text = "checks are answered again: repairs and lists are as ever";
      break;
  }
  effects_.notes.push_back(std::move(note));
}

}  // namespace fairlead::fleet
