// What the engine tells of containers before their first inspect: who stopped them, and that they
// ended. Its history until the inventory is complete; after that what is told live of one whose
// first inspect comes late, because it is new or because the inspects before failed.
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

void Fleet::State::Apply(const EndReplayed& event) {
  if (replayed_.size() >= kReplayedMax && !replayed_.contains(event.id)) return;
  Replayed& told = replayed_[event.id];
  told.has_ended = true;
  told.ended_by = std::exchange(told.foreign, std::nullopt);
}

void Fleet::State::KeepForInspect(const ForeignActSeen& event) {
  const bool is_complete = phase_ != Phase::kConfigured && phase_ != Phase::kStale;
  if (replayed_.size() >= kReplayedMax && !replayed_.contains(event.id)) {
    if (!is_complete) return;
    // Those of strangers, who are never inspected into a service: an inspect follows in moments.
    replayed_.clear();
  }
  const ForeignAct act{
      .at = now_, .verb = event.verb, .signal = event.signal, .engine_ns = event.engine_ns};
  Replayed& told = replayed_[event.id];
  if (event.verb == "die") {
    told.has_ended = true;
    told.ended_by = std::exchange(told.foreign, std::nullopt);
  }
  // A stop is told after the end that it caused, a kill before it.
  if (event.verb == "kill") told.foreign = act;
  if (event.verb == "stop" && told.has_ended) told.ended_by = act;
}

bool Fleet::State::WasReplayed(Replica& replica) {
  const auto told = replayed_.find(replica.facts.id);
  if (told == replayed_.end() || !told->second.has_ended) return false;
  if (!replica.foreign) replica.foreign = told->second.ended_by;
  return true;
}

}  // namespace fairlead::fleet
