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
  const ForeignAct act = ForeignActOf(event);
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
  if (!replica.foreign && told->second.ended_by) {
    replica.foreign = told->second.ended_by;
    // That it caused the end is known from their order; the inspect may come long after both.
    replica.foreign->at = now_;
  }
  return true;
}

// An engine that shuts down ends its containers before it goes, and tells of each end, not always
// of the kill before it. Whoever is new here cannot tell such an end from a crash: it counts as
// unseen.
void Fleet::State::ForgetEndsOfAnEngineThatWent() {
  std::erase_if(replayed_, [](const auto& told) {
    return told.second.has_ended && !told.second.ended_by && !told.second.foreign;
  });
}

// Who runs at its first inspect, and was told to stop before without an end: it is being stopped.
// Not so where the clock was set and nobody knows which came first.
void Fleet::State::TakeStopUnderWay(Replica& replica) {
  const auto told = replayed_.find(replica.facts.id);
  if (told == replayed_.end() || !told->second.foreign) return;
  const ForeignAct& act = *told->second.foreign;
  const bool is_ours = earlier_acts_.contains(replica.generation());
  const bool is_over =
      replica.facts.started_ns == 0 || IsOfEarlierLife(act.engine_ns, replica.facts);
  if (is_ours || is_over || !IsStopSignal(act, replica.facts)) return;
  replica.foreign = act;
  MarkStopping(replica, act);
}

}  // namespace fairlead::fleet
