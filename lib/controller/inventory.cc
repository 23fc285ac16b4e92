#include "controller/inventory.h"

#include <algorithm>
#include <utility>

#include "base/backoff.h"

namespace fairlead::controller {
namespace {

// Lists of some look-alikes hold no addresses: then they say nothing about them.
bool HasSameNetworks(const docker::ContainerSummary& listed, const Identity& known) {
  if (listed.networks.empty()) return true;
  return std::ranges::equal(
      listed.networks, known.networks, [](const NetworkAddress& one, const NetworkAddress& other) {
        return one.network == other.network && one.ipv4 == other.ipv4 && one.ipv6 == other.ipv6;
      });
}

}  // namespace

Identity Identity::Of(const ContainerFacts& facts) {
  return {.status = facts.status,
          .started_at = facts.started_at,
          .restart_count = facts.restart_count,
          .pid = facts.pid,
          .networks = facts.networks};
}

bool Inventory::Mark(const ContainerId& id, Urgency urgency, TimePoint now) {
  if (not_ours_.contains(id.value)) return true;
  if (!Plan(id, urgency, now)) return false;
  entries_[id].is_told = true;
  return true;
}

void Inventory::MarkAllKnown(TimePoint now) {
  for (auto& [id, entry] : entries_) {
    if (!entry.identity) continue;
    Plan(id, Urgency::kHint, now);
    entry.is_told = true;
  }
}

bool Inventory::Plan(const ContainerId& id, Urgency urgency, TimePoint now) {
  auto found = entries_.find(id);
  if (found == entries_.end()) {
    if (entries_.size() >= kIdsTrackedMax) return false;
    found = entries_.try_emplace(id).first;
  }
  Entry& entry = found->second;
  if (entry.is_in_flight) {
    entry.is_dirty_again = true;
    entry.urgency_again = std::max(entry.urgency_again, urgency);
    return true;
  }
  const bool was_asked = entry.looked_at != TimePoint{};
  const Duration spacing = urgency == Urgency::kChange ? spacing_.change : spacing_.hint;
  const TimePoint due = was_asked ? std::max(now, entry.looked_at + spacing) : now;
  if (!entry.slot || std::get<TimePoint>(*entry.slot) > due) Schedule(id, entry, due);
  return true;
}

void Inventory::Schedule(const ContainerId& id, Entry& entry, TimePoint due) {
  Unschedule(entry);
  entry.slot = Slot{due, ++last_order_, id};
  due_.insert(*entry.slot);
}

void Inventory::Unschedule(Entry& entry) {
  if (!entry.slot) return;
  due_.erase(*entry.slot);
  entry.slot.reset();
}

void Inventory::Erase(Entries::iterator entry) {
  Unschedule(entry->second);
  if (entry->second.failures > 0) --undecided_;
  awaited_.erase(entry->first);
  entries_.erase(entry);
}

std::optional<Inventory::Look> Inventory::Next(TimePoint now, std::size_t in_flight_max) {
  if (in_flight_ >= in_flight_max) return std::nullopt;
  for (const Slot& slot : due_) {
    if (std::get<TimePoint>(slot) > now) break;
    const ContainerId id = std::get<ContainerId>(slot);
    Entry& entry = entries_.at(id);
    if (entry.failures > 0 && doubtful_in_flight_ >= kDoubtfulInFlightMax) continue;
    Unschedule(entry);
    entry.is_in_flight = true;
    entry.looked_at = now;
    ++in_flight_;
    if (entry.failures > 0) ++doubtful_in_flight_;
    entry.flight_number = ++last_number_;
    return Look{.id = id, .number = entry.flight_number};
  }
  return std::nullopt;
}

std::optional<TimePoint> Inventory::NextDue(TimePoint now) const {
  const auto later = due_.lower_bound(Slot{now + Duration(1), 0, ContainerId()});
  if (later == due_.end()) return std::nullopt;
  return std::get<TimePoint>(*later);
}

void Inventory::Done(const Look& look, Outcome outcome, TimePoint now, Identity identity) {
  const auto found = entries_.find(look.id);
  if (found == entries_.end() || !found->second.is_in_flight) return;
  Entry& entry = found->second;
  entry.is_in_flight = false;
  --in_flight_;
  if (entry.failures > 0) --doubtful_in_flight_;
  entry.looked_number = look.number;
  TakeAwaited(look, outcome != Outcome::kFailed && outcome != Outcome::kUnanswered);
  if (outcome == Outcome::kFailed) {
    TakeFailure(look.id, entry, now);
    return;
  }
  if (outcome == Outcome::kUnanswered) {
    Schedule(look.id, entry, now + spacing_.failure);
    return;
  }
  if (std::exchange(entry.failures, 0) > 0) --undecided_;
  if (outcome == Outcome::kManaged) {
    TakeIdentity(entry, std::move(identity));
  } else {
    entry.identity.reset();
  }
  const bool is_again = std::exchange(entry.is_dirty_again, false);
  const Urgency urgency = std::exchange(entry.urgency_again, Urgency::kHint);
  if (outcome == Outcome::kGone) followed_.erase(look.id);
  if (outcome == Outcome::kNotOurs) {
    if (not_ours_.size() >= kIdsTrackedMax) not_ours_.clear();
    not_ours_.insert(look.id.value);
  }
  if (is_again && outcome != Outcome::kNotOurs) {
    Plan(look.id, urgency, now);
  } else if (outcome != Outcome::kManaged) {
    Erase(found);
  }
}

void Inventory::TakeAwaited(const Look& look, bool is_answered) {
  const auto awaited = awaited_.find(look.id);
  if (awaited == awaited_.end() || look.number <= awaited->second.number) return;
  if (is_answered || std::exchange(awaited->second.is_asked_once, true)) awaited_.erase(awaited);
}

void Inventory::TakeIdentity(Entry& entry, Identity identity) {
  const bool is_change = !entry.identity || *entry.identity != identity;
  if (is_change && entry.identity && !IsNamed(entry) && !entry.is_counted && !entry.is_first)
    ++missed_events_;
  entry.identity = std::move(identity);
  // Whoever is named while in flight is told of the answer that follows.
  entry.is_told = entry.is_dirty_again;
  entry.is_counted = entry.is_first = false;
}

void Inventory::TakeFailure(const ContainerId& id, Entry& entry, TimePoint now) {
  if (entry.failures == 0) ++undecided_;
  const DoublingBackoff backoff{.first = spacing_.failure, .most = spacing_.failure_most};
  const Duration wait = backoff.Wait(entry.failures++);
  entry.is_dirty_again = false;
  entry.urgency_again = Urgency::kHint;
  Schedule(id, entry, now + wait);
}

void Inventory::Forget(const ContainerId& id) {
  not_ours_.erase(id.value);
}

void Inventory::Follow(const ContainerId& id, TimePoint now) {
  if (followed_.size() >= kIdsTrackedMax || !followed_.insert(id).second) return;
  Forget(id);
  Mark(id, Urgency::kChange, now);
}

void Inventory::AskAgainSince(std::uint64_t number) {
  for (auto& [id, entry] : entries_) {
    if (!entry.is_in_flight || entry.flight_number > number) continue;
    entry.is_dirty_again = true;
    entry.urgency_again = Urgency::kChange;
  }
}

void Inventory::Sweep(TimePoint now) {
  std::size_t managed = 0;
  for (const auto& [id, entry] : entries_) managed += entry.identity ? 1 : 0;
  std::size_t left = std::min(managed, std::max(kSweepLeast, managed / kSweepShare));
  for (auto next = entries_.upper_bound(sweep_after_); left > 0; ++next) {
    if (next == entries_.end()) next = entries_.begin();
    sweep_after_ = next->first;
    if (!next->second.identity) continue;
    --left;
    if (next->second.slot || next->second.is_in_flight) continue;
    Schedule(next->first, next->second, now);
  }
}

std::vector<ContainerId> Inventory::Reconcile(const std::vector<docker::ContainerSummary>& listed,
                                              std::uint64_t number, bool first, TimePoint now) {
  if (first) awaited_.clear();
  std::set<ContainerId> present;
  for (const docker::ContainerSummary& container : listed) {
    present.insert(container.id);
    if (not_ours_.contains(container.id.value)) continue;
    const auto known = entries_.find(container.id);
    const bool is_newer = known != entries_.end() && known->second.looked_number > number;
    if (is_newer) continue;
    const bool is_known = known != entries_.end() && known->second.identity.has_value();
    const bool is_same = is_known && known->second.identity->status == container.status &&
                         HasSameNetworks(container, *known->second.identity);
    if (is_same && !first) continue;
    const bool is_announced =
        known != entries_.end() && (known->second.slot || known->second.is_in_flight);
    if (!Plan(container.id, Urgency::kChange, now)) break;
    Entry& entry = entries_.at(container.id);
    if (first) {
      entry.is_first = true;
    } else if (!is_announced) {
      ++missed_events_;
      entry.is_counted = true;
    }
  }
  std::vector<ContainerId> gone;
  for (auto next = entries_.begin(); next != entries_.end();) {
    const auto current = next++;
    const Entry& entry = current->second;
    if (!entry.identity || present.contains(current->first) || entry.looked_number > number)
      continue;
    if (followed_.contains(current->first)) {
      Plan(current->first, Urgency::kHint, now);
      continue;
    }
    if (!first && !entry.slot && !entry.is_in_flight) ++missed_events_;
    gone.push_back(current->first);
    if (entry.is_in_flight) {
      current->second.identity.reset();  // its answer is still to come
    } else {
      Erase(current);
    }
  }
  AskAgainSince(number);
  // What was named before the list came belongs to it. Whoever failed before may do so again.
  for (const auto& [id, entry] : entries_) {
    const bool is_asked = entry.slot || entry.is_in_flight;
    if (first && is_asked && entry.failures == 0) awaited_[id] = {.number = number};
  }
  if (!first) Sweep(now);
  return gone;
}

}  // namespace fairlead::controller
