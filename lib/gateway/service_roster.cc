#include "gateway/service_roster.h"

#include <algorithm>
#include <utility>

namespace fairlead::gateway {

void ServiceRoster::Take(const std::vector<ReplicaNow>& replicas) {
  std::map<Generation, Replica> taken;
  for (const ReplicaNow& now : replicas) {
    const auto before = replicas_.find(now.generation);
    Replica& replica = taken[now.generation];
    if (before != replicas_.end()) replica = before->second;
    replica.now = now;
  }
  replicas_ = std::move(taken);
  Regroup();
}

void ServiceRoster::Describe(const Generation& generation,
                             std::shared_ptr<const DescriptorSet> set) {
  const auto found = replicas_.find(generation);
  if (found == replicas_.end()) return;
  for (const Group& group : groups_) {
    if (group.set->description() == set->description()) set = group.set;
  }
  if (last_ && last_->description() == set->description()) set = last_;
  last_ = set;
  found->second.set = std::move(set);
  Regroup();
}

void ServiceRoster::DescribeAll(const std::shared_ptr<const DescriptorSet>& set) {
  for (auto& [generation, replica] : replicas_) replica.set = set;
  last_ = set;
  Regroup();
}

void ServiceRoster::NoteSilence(const Generation& generation, bool by_tls) {
  const auto found = replicas_.find(generation);
  if (found == replicas_.end()) return;
  found->second.is_silent = true;
  found->second.has_tls_trouble = by_tls;
}

std::vector<ReplicaNow> ServiceRoster::undescribed() const {
  std::vector<ReplicaNow> all;
  for (const auto& [generation, replica] : replicas_) {
    if (!replica.set) all.push_back(replica.now);
  }
  return all;
}

void ServiceRoster::Regroup() {
  groups_.clear();
  for (const auto& [generation, replica] : replicas_) {
    if (!replica.set) continue;
    const bool is_v6 = replica.now.address.is_v6();
    auto group = std::ranges::find_if(
        groups_, [&](const Group& each) { return each.set == replica.set && each.is_v6 == is_v6; });
    if (group == groups_.end())
      group = groups_.insert(groups_.end(), {.set = replica.set, .is_v6 = is_v6, .addresses = {}});
    group->addresses.push_back(replica.now.address);
  }
  for (Group& group : groups_) {
    std::ranges::sort(group.addresses);
    const auto [from, to] = std::ranges::unique(group.addresses);
    group.addresses.erase(from, to);
  }
}

// A group has one share for each of its replicas.
ServiceRoster::Found ServiceRoster::Choose(std::vector<Found> found) {
  std::size_t shares = 0;
  for (const Found& each : found) shares += groups_[each.group].addresses.size();
  std::size_t share = turn_++ % shares;
  auto chosen = found.begin();
  while (share >= groups_[chosen->group].addresses.size()) {
    share -= groups_[chosen->group].addresses.size();
    ++chosen;
  }
  return std::move(*chosen);
}

bool ServiceRoster::WillSay() const {
  return std::ranges::any_of(replicas_, [](const auto& replica) {
    return replica.second.set == nullptr && !replica.second.is_silent;
  });
}

bool ServiceRoster::HasTlsTrouble() const {
  return std::ranges::any_of(replicas_, [](const auto& replica) {
    return replica.second.set == nullptr && replica.second.has_tls_trouble;
  });
}

std::vector<std::string> ServiceRoster::ReplicasAt(const Address& address) const {
  std::vector<std::string> names;
  for (const auto& [generation, replica] : replicas_) {
    if (replica.now.address == address) names.push_back(replica.now.name);
  }
  return names;
}

ServiceRoster::Found ServiceRoster::FindMethod(std::string_view service, std::string_view method) {
  std::vector<Found> found;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].set->FindMethod(service, method) != nullptr)
      found.push_back({.look = Look::kFound, .group = i, .set = groups_[i].set});
  }
  if (!found.empty()) return Choose(std::move(found));
  if (WillSay()) return {.look = Look::kUndescribed};
  const bool had_it = last_ && groups_.empty() && last_->FindMethod(service, method) != nullptr;
  if (had_it) return {.look = Look::kNobody};
  return {.look = HasTlsTrouble() ? Look::kUnreachable : Look::kNone};
}

ServiceRoster::Found ServiceRoster::Find(std::string_view verb, std::string_view path) {
  std::vector<Found> found;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    auto route = groups_[i].set->routes().Find(verb, path);
    if (!route) continue;
    found.push_back({Look::kFound, i, groups_[i].set, *std::move(route), {}});
  }
  if (!found.empty()) return Choose(std::move(found));
  if (WillSay()) return {.look = Look::kUndescribed};
  if (last_ && groups_.empty() && last_->routes().Find(verb, path)) return {.look = Look::kNobody};
  Found none;
  if (last_) none.allowed = last_->routes().AllowedOn(path);
  if (!none.allowed.empty()) none.look = Look::kOtherVerb;
  if (none.allowed.empty() && HasTlsTrouble()) none.look = Look::kUnreachable;
  return none;
}

}  // namespace fairlead::gateway
