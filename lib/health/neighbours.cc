#include "health/neighbours.h"

#include <algorithm>

namespace fairlead::health {

namespace {
constexpr std::size_t kLateLeast = 2;  // one that is late is late by itself
}

Neighbours::Network* Neighbours::Join(TargetKey key, const std::string& network) {
  if (network.empty()) return nullptr;
  Network& joined = networks_[network];
  joined.name = network;
  joined.members.push_back(key);
  return &joined;
}

void Neighbours::Leave(TargetKey key, Network* network, bool is_late, TimePoint now) {
  if (network == nullptr) return;
  const auto member = std::ranges::find(network->members, key);
  *member = network->members.back();
  network->members.pop_back();
  if (is_late) --network->late;
  Weigh(*network, now);
  if (network->members.empty()) networks_.erase(networks_.find(network->name));
}

void Neighbours::BecameLate(Network* network, TimePoint now) {
  if (network == nullptr) return;
  ++network->late;
  Weigh(*network, now);
}

void Neighbours::BecamePunctual(Network* network, TimePoint now) {
  if (network == nullptr) return;
  --network->late;
  Weigh(*network, now);
}

// REQUIRES: there is a stall.
bool Neighbours::IsShort(const Network& network, TimePoint now) const {
  return now - *network.shared_since < limits_.shared_stall_longest;
}

void Neighbours::Weigh(Network& network, TimePoint now) const {
  const bool is_shared = network.late >= kLateLeast && 2 * network.late >= network.members.size();
  if (is_shared == network.shared_since.has_value()) return;
  if (is_shared) {
    network.shared_since = now;
    return;
  }
  if (IsShort(network, now)) network.excused_until = now + limits_.shared_stall_aftermath;
  network.shared_since.reset();
}

bool Neighbours::IsStalled(const Network* network, TimePoint now) const {
  if (network == nullptr) return false;
  if (network->shared_since && IsShort(*network, now)) return true;
  return network->excused_until && now < *network->excused_until;
}

std::vector<TargetKey> Neighbours::Others(TargetKey key, const Network* network) const {
  std::vector<TargetKey> others;
  if (network == nullptr) return others;
  const auto own = std::ranges::find(network->members, key) - network->members.begin();
  const std::size_t count = network->members.size();
  for (std::size_t i = 1; i < count && others.size() < limits_.neighbours_asked; ++i)
    others.push_back(network->members[(static_cast<std::size_t>(own) + i) % count]);
  return others;
}

}  // namespace fairlead::health
