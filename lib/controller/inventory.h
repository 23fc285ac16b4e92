// Inventory: which containers exist, which of them must be looked at again, and what was missed.
//
// Why: events are hints. An event marks an id dirty and nothing else; an id is dirty once, however
// many events name it, so memory is bounded by containers and never by events.
// Threads: none; pure bookkeeping of the observer.
// Invariant: an id is in at most one of dirty and in flight, except that an id marked while in
// flight is dirty again (its answer may be older than the event).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "docker/engine.h"
#include "spec/names.h"

namespace fairlead::controller {

inline constexpr std::size_t kInspectsInFlightMax = 8;  // recipe of facts: one slow id blocks none
inline constexpr std::size_t kIdsTrackedMax = 20'000;   // far above what one engine runs
// A list does not show a restart, nor a new address, of what runs before and after. So each regular
// list has this share of the managed containers inspected in turn, and never fewer than fit in
// flight: all of them within ten lists (5 min), for 0.05 % of a core of the engine at 500.
inline constexpr std::size_t kSweepShare = 10;

class Inventory {
 public:
  // Something may have changed about this container. Ids known to be none of our business are
  // skipped. False when the tracking limit is hit: only a full list can help now.
  bool Mark(const ContainerId& id);
  // Marks everything we manage (a network changed).
  void MarkAllKnown();

  // The next id to inspect, now in flight; nothing when none is dirty or the limit is reached.
  std::optional<ContainerId> Next();
  // The inspect of `id` ended; it showed a container that asks to be managed, or not, or failed.
  enum class Outcome { kManaged, kNotOurs, kGone, kFailed };
  void Done(const ContainerId& id, Outcome outcome, EngineStatus status = EngineStatus::kCreated,
            const std::string& started_at = {});
  // The container is destroyed: nothing is remembered of it but that it must be looked at.
  void Forget(const ContainerId& id);

  // A full list is in. Marks what is new or differs, and a share of the rest; returns the ids that
  // are gone. Differences that no event had announced, also those that such an inspect finds, count
  // as missed events, unless this is the first list.
  std::vector<ContainerId> Reconcile(const std::vector<docker::ContainerSummary>& listed,
                                     bool first);

  bool settled() const { return dirty_.empty() && in_flight_.empty(); }
  std::uint64_t missed_events() const { return missed_events_; }

 private:
  struct Seen {  // by the last inspect
    EngineStatus status = EngineStatus::kCreated;
    std::string started_at;
  };
  void Sweep();

  std::set<ContainerId> dirty_;
  std::set<ContainerId> swept_;  // dirty or in flight by Sweep() alone, no event has named them
  ContainerId sweep_after_;      // where the next sweep goes on
  std::set<ContainerId> in_flight_;
  std::map<ContainerId, Seen> managed_;
  std::set<ContainerId> not_ours_;  // labels are fixed at creation
  std::uint64_t missed_events_ = 0;
};

}  // namespace fairlead::controller
