#include "fleet/service.h"

#include <tuple>

namespace fairlead::fleet {
bool IsNewer(const Replica& left, const Replica& right) {
  return std::tie(left.facts.created, left.facts.id) >
         std::tie(right.facts.created, right.facts.id);
}

const Replica* Service::newest() const {
  const Replica* best = nullptr;
  for (const auto& [id, replica] : replicas) {
    if (replica.spec.routable && (!best || IsNewer(replica, *best))) best = &replica;
  }
  return best;
}

const Replica* Service::successor_of(const Replica& replica) const {
  for (const auto& [id, other] : replicas) {
    if (other.place == replica.place && IsNewer(other, replica)) return &other;
  }
  return nullptr;
}

void NameReplicas(Service& service) {
  // How many containers of each place are older than the one at hand decides its suffix.
  for (auto& [id, replica] : service.replicas) {
    replica.name = replica.place;
    for (const auto& [other_id, other] : service.replicas) {
      if (other.place == replica.place && IsNewer(replica, other)) replica.name += "~";
    }
  }
}

}  // namespace fairlead::fleet
