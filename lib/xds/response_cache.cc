#include "xds/response_cache.h"

#include <utility>

namespace fairlead::xds {
namespace {

std::vector<ResourcePtr> Existing(Catalog& catalog, const ViewerClass& viewers, Flavour flavour,
                                  ResourceType type, const Subscription& subscription) {
  if (subscription.is_wildcard) {
    return catalog.All(viewers, flavour, type);  // with the names besides "*", if they exist
  }
  std::vector<ResourcePtr> out;
  for (const std::string& name : subscription.names) {
    if (ResourcePtr resource = catalog.Find(viewers, flavour, type, name)) {
      out.push_back(std::move(resource));
    }
  }
  return out;
}

std::string Key(const Subscription& subscription) {
  if (subscription.is_wildcard) {
    return "*";
  }
  std::string key;
  for (const std::string& name : subscription.names) {
    key += std::to_string(name.size()) + ':' + name;  // unambiguous whatever a name holds
  }
  return key;
}

}  // namespace

Response ResponseCache::CompleteSet(const ViewerClass& viewers, Flavour flavour, ResourceType type,
                                    const Subscription& subscription) {
  Shelf& shelf = shelves_[Index(flavour)][Index(type)][TableOf(type, viewers)];
  const std::uint64_t generation = catalog_.generation(viewers, flavour, type);
  if (shelf.generation != generation || shelf.by_names.size() >= kSetsMax) {
    shelf.by_names.clear();
    shelf.generation = generation;
  }
  const auto [entry, is_new] = shelf.by_names.try_emplace(Key(subscription));
  if (is_new) {
    entry->second = EncodeResponse(type, Existing(catalog_, viewers, flavour, type, subscription));
  }
  return entry->second;
}

Response ResponseCache::Delta(ResourceType type, const std::vector<ResourcePtr>& told,
                              const std::vector<std::string>& removed) {
  for (const Increment& known : deltas_) {
    if (known.type == type && known.told == told && known.removed == removed) {
      return known.response;
    }
  }
  Increment made{type, told, removed, EncodeDelta(type, told, removed)};
  if (deltas_.size() < kDeltasMax) {
    deltas_.push_back(std::move(made));
    return deltas_.back().response;
  }
  Increment& oldest = deltas_[next_delta_];
  next_delta_ = (next_delta_ + 1) % kDeltasMax;
  oldest = std::move(made);
  return oldest.response;
}

void ResponseCache::Forget(NameClass names) {
  for (auto& of_flavour : shelves_) {
    of_flavour[Index(ResourceType::kListener)].erase(names.value);
    of_flavour[Index(ResourceType::kCluster)].erase(names.value);
  }
}

}  // namespace fairlead::xds
