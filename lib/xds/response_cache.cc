#include "xds/response_cache.h"

#include <vector>

namespace fairlead::xds {
namespace {

std::vector<ResourcePtr> Existing(const Catalog& catalog, Flavour flavour, ResourceType type,
                                  const Subscription& subscription) {
  std::vector<ResourcePtr> out;
  if (subscription.is_wildcard) {
    for (const auto& [name, resource] : catalog.table(flavour, type)) {
      out.push_back(resource);
    }
    return out;  // names besides "*" are in it, if they exist
  }
  for (const std::string& name : subscription.names) {
    if (ResourcePtr resource = catalog.Find(flavour, type, name)) {
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

Response ResponseCache::CompleteSet(Flavour flavour, ResourceType type,
                                    const Subscription& subscription) {
  Shelf& shelf = shelves_[Index(flavour)][Index(type)];
  if (shelf.generation != catalog_.generation(flavour, type) || shelf.by_names.size() >= kSetsMax) {
    shelf.by_names.clear();
    shelf.generation = catalog_.generation(flavour, type);
  }
  const auto [entry, is_new] = shelf.by_names.try_emplace(Key(subscription));
  if (is_new) {
    entry->second = EncodeResponse(type, Existing(catalog_, flavour, type, subscription));
  }
  return entry->second;
}

}  // namespace fairlead::xds
