#include "fleet/service.h"

#include <tuple>

namespace fairlead::fleet {

std::string PlaceOf(std::string replica) {
  while (replica.ends_with('~')) replica.pop_back();
  return replica;
}

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
  const auto found = at_place.find(replica.place);
  if (found == at_place.end() || found->second.size() < 2) return nullptr;
  for (const ContainerId& id : found->second) {
    if (const Replica& other = replicas.at(id); IsNewer(other, replica)) return &other;
  }
  return nullptr;
}

void NameReplicas(Service& service, const std::string& place) {
  const auto found = service.at_place.find(place);
  if (found == service.at_place.end()) return;
  // How many containers of the place are older decides the suffix.
  for (const ContainerId& id : found->second) {
    Replica& replica = service.replicas.at(id);
    replica.name = place;
    for (const ContainerId& other : found->second) {
      if (IsNewer(replica, service.replicas.at(other))) replica.name += "~";
    }
  }
}

}  // namespace fairlead::fleet
