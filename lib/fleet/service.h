// Service: the replicas that clients may use interchangeably, and what belongs to their places.
//
// Threads: none; owned by the core.
// Invariant: a view, once made, stays until the service is dropped; an empty service has an empty
// view.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fleet/explanation.h"
#include "fleet/repair_budget.h"
#include "fleet/replica.h"
#include "fleet/view.h"

namespace fairlead::fleet {

// What outlives the container: by Compose number, or by id outside Compose.
struct Place {
  RepairBudget budget;
  Intent intent;
  std::vector<PastAct> acts;  // oldest first, the newest kActsRemembered
};

// The place that a replica's name stands for: without the mark of a recreate.
std::string PlaceOf(std::string replica);

// A drain command that waits until the clients use the list without the replica.
struct PendingDrain {
  std::uint64_t command = 0;
  ContainerId container;
  TimePoint deadline{};
};

struct Service {
  ServiceName name;
  std::map<ContainerId, Replica> replicas;
  std::map<std::string, std::set<ContainerId>>
      at_place;  // who shares a place: more than one in a recreate
  std::map<std::string, Place> places;
  ServiceViewPtr view;  // none before serving, and for services without routable replicas
  std::optional<std::uint64_t> adopted;  // newest revision that all clients use
  bool is_panic = false;
  std::optional<TimePoint> empty_since;
  std::optional<TimePoint> last_cut;  // of the callers of one of its replicas
  std::vector<PendingDrain> drains;
  std::set<ContainerId> traffic_differs;  // containers whose traffic labels lose against the newest

  const Place* place_of(const Replica& replica) const {
    const auto found = places.find(replica.place);
    return found == places.end() ? nullptr : &found->second;
  }
  IntentKind intent_of(const Replica& replica) const {
    const Place* place = place_of(replica);
    return place ? place->intent.kind : IntentKind::kNone;
  }
  // Newest by creation among the routable ones; null when there is none.
  const Replica* newest() const;
  // Another container of the same place, created later.
  const Replica* successor_of(const Replica& replica) const;
};

// True when `left` was created after `right` (engine time text; the id breaks a tie).
bool IsNewer(const Replica& left, const Replica& right);

// Gives the replicas of a place their shown names: the newer of two gets "~".
void NameReplicas(Service& service, const std::string& place);

}  // namespace fairlead::fleet
