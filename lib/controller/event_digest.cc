#include "controller/event_digest.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fairlead::controller {
namespace {

// Acts of somebody that change what we may do, and the end of a process; all other actions only
// mean "look again".
bool IsAct(std::string_view action) {
  return action == "kill" || action == "stop" || action == "restart" || action == "pause" ||
         action == "destroy" || action == "die";
}

// What comes with another state of the container. A kill may be any signal.
Inventory::Urgency UrgencyOf(std::string_view action) {
  const bool is_change = action == "die" || action == "start" || action == "stop" ||
                         action == "restart" || action == "pause" || action == "unpause" ||
                         action == "destroy" || action == "oom";
  return is_change ? Inventory::Urgency::kChange : Inventory::Urgency::kHint;
}

}  // namespace

StreamBegin StreamBegin::After(std::int64_t last_ns, std::int64_t now_ns, Duration overlap,
                               Duration reach) {
  // A clock that was set back makes the newest stamp one of the future.
  const std::int64_t seen_ns = last_ns == 0 ? now_ns : std::min(last_ns, now_ns);
  return {.since_ns = seen_ns - std::max(overlap, reach).count(),
          .heard_ns = seen_ns - overlap.count(),
          .now_ns = now_ns};
}

void EventDigest::BeginStream(const StreamBegin& begin) {
  filter_.BeginStream();
  stops_under_way_.clear();
  begin_ = begin;
  is_replaying_ = true;
  next_.has_event_from_before = false;
}

void EventDigest::Add(const docker::EngineEvent& event) {
  if (event.type.empty()) {
    ++next_.unreadable;
    next_.has_overflowed = true;
    return;
  }
  // The history comes first and ends with the first event that is younger than our question. Later
  // stamps may be older again, if the clock was set back.
  if (event.time_ns >= begin_.now_ns) is_replaying_ = false;
  const ReplayFilter::Novelty novelty = filter_.Take(event);
  if (novelty == ReplayFilter::Novelty::kFromBefore) next_.has_event_from_before = true;
  if (novelty != ReplayFilter::Novelty::kNew) return;
  ++next_.events;
  next_.last_event_ns = std::max(next_.last_event_ns, event.time_ns);
  if (event.type == "network") {
    if (event.network_container_id.empty()) {
      next_.names_everybody = true;
    } else {
      AddDirty(ContainerId(event.network_container_id), Inventory::Urgency::kHint);
    }
  } else if (event.type == "container") {
    if (IsAct(event.action)) AddAct(event);
    AddDirty(ContainerId(event.actor_id), UrgencyOf(event.action));
  }
}

void EventDigest::AddAct(const docker::EngineEvent& event) {
  if (next_.acts.size() + stops_under_way_.size() >= kDigestActsMax) {
    next_.has_overflowed = true;
    return;
  }
  EngineAct act{.id = ContainerId(event.actor_id),
                .action = event.action,
                .signal = event.signal,
                .time_ns = event.time_ns,
                .is_replayed = is_replaying_};
  if (!is_replaying_ || event.time_ns >= begin_.heard_ns) {
    TellStopsUnderWay();
    next_.acts.push_back(std::move(act));
  } else if (event.action == "kill") {
    stops_under_way_[act.id] = std::move(act);
  } else {
    stops_under_way_.erase(act.id);
  }
}

void EventDigest::TellStopsUnderWay() {
  for (auto& [id, act] : stops_under_way_) next_.acts.push_back(std::move(act));
  stops_under_way_.clear();
}

void EventDigest::AddDirty(const ContainerId& id, Inventory::Urgency urgency) {
  const auto found = next_.dirty.find(id);
  if (found != next_.dirty.end()) {
    found->second = std::max(found->second, urgency);
  } else if (next_.dirty.size() >= kIdsTrackedMax) {
    next_.has_overflowed = true;
  } else {
    next_.dirty.emplace(id, urgency);
  }
}

Digest EventDigest::Take() {
  TellStopsUnderWay();
  Digest taken = std::move(next_);
  next_ = Digest();
  next_.last_event_ns = taken.last_event_ns;
  next_.events = taken.events;
  next_.unreadable = taken.unreadable;
  // Stays true for the rest of the stream.
  next_.has_event_from_before = taken.has_event_from_before;
  return taken;
}

}  // namespace fairlead::controller
