#include "controller/inventory.h"

#include <algorithm>

namespace fairlead::controller {

bool Inventory::Mark(const ContainerId& id) {
  if (not_ours_.contains(id)) return true;
  swept_.erase(id);
  if (dirty_.size() >= kIdsTrackedMax && !dirty_.contains(id)) return false;
  dirty_.insert(id);
  return true;
}

void Inventory::MarkAllKnown() {
  for (const auto& [id, seen] : managed_) dirty_.insert(id);
  swept_.clear();
}

void Inventory::Sweep() {
  std::size_t left =
      std::min(managed_.size(), std::max(kInspectsInFlightMax, managed_.size() / kSweepShare));
  for (auto next = managed_.upper_bound(sweep_after_); left > 0; --left, ++next) {
    if (next == managed_.end()) next = managed_.begin();
    sweep_after_ = next->first;
    if (in_flight_.contains(next->first) || !dirty_.insert(next->first).second) continue;
    swept_.insert(next->first);
  }
}

std::optional<ContainerId> Inventory::Next() {
  if (in_flight_.size() >= kInspectsInFlightMax) return std::nullopt;
  for (const ContainerId& id : dirty_) {
    if (in_flight_.contains(id)) continue;  // one question about one container at a time
    ContainerId next = id;
    dirty_.erase(next);
    in_flight_.insert(next);
    return next;
  }
  return std::nullopt;
}

void Inventory::Done(const ContainerId& id, Outcome outcome, EngineStatus status,
                     const std::string& started_at) {
  in_flight_.erase(id);
  const bool is_swept = swept_.erase(id) > 0;
  switch (outcome) {
    case Outcome::kManaged: {
      Seen& seen = managed_[id];
      if (is_swept && seen.started_at != started_at) ++missed_events_;
      seen = {.status = status, .started_at = started_at};
      break;
    }
    case Outcome::kNotOurs:
      if (not_ours_.size() >= kIdsTrackedMax) not_ours_.clear();
      not_ours_.insert(id);
      break;
    case Outcome::kGone:
      managed_.erase(id);
      break;
    case Outcome::kFailed:
      break;
  }
}

void Inventory::Forget(const ContainerId& id) {
  not_ours_.erase(id);
}

std::vector<ContainerId> Inventory::Reconcile(const std::vector<docker::ContainerSummary>& listed,
                                              bool first) {
  std::set<ContainerId> present;
  for (const docker::ContainerSummary& container : listed) {
    present.insert(container.id);
    const auto known = managed_.find(container.id);
    const bool same = known != managed_.end() && known->second.status == container.status;
    const bool announced = dirty_.contains(container.id) || in_flight_.contains(container.id) ||
                           not_ours_.contains(container.id);
    if (!first && !same && !announced) ++missed_events_;
    if (first || !same) Mark(container.id);
  }
  std::vector<ContainerId> gone;
  for (const auto& [id, seen] : managed_) {
    if (present.contains(id)) continue;
    if (!first && !dirty_.contains(id) && !in_flight_.contains(id)) ++missed_events_;
    gone.push_back(id);
  }
  for (const ContainerId& id : gone) managed_.erase(id);
  if (!first) Sweep();
  return gone;
}

}  // namespace fairlead::controller
