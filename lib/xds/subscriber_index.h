// SubscriberIndex: from a resource to the streams that asked for it.
//
// Why: a change must cost what its subscribers cost, not what all streams cost.
// Threads: none; lives on the discovery loop. Streams are borrowed: each leaves before it dies.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "xds/adoption.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

class DiscoveryStream;

class SubscriberIndex {
 public:
  // By stream id, so that a fan-out has a stable order.
  using Streams = std::map<StreamId, DiscoveryStream*>;

  void Add(Flavour flavour, ResourceType type, const std::string& name, StreamId id,
           DiscoveryStream* stream) {
    named_[Index(flavour)][Index(type)][name].emplace(id, stream);
  }
  void Remove(Flavour flavour, ResourceType type, const std::string& name, StreamId id) {
    Named& named = named_[Index(flavour)][Index(type)];
    const auto found = named.find(name);
    if (found == named.end()) {
      return;
    }
    found->second.erase(id);
    if (found->second.empty()) {
      named.erase(found);
    }
  }
  Streams& wildcard(Flavour flavour, ResourceType type) {
    return wildcard_[Index(flavour)][Index(type)];
  }

  // Calls `visit(stream)` for every stream that asked for the resource, by name or wildcard.
  template <class Visit>
  void ForEach(Flavour flavour, ResourceType type, const std::string& name, Visit&& visit) {
    Named& named = named_[Index(flavour)][Index(type)];
    if (const auto found = named.find(name); found != named.end()) {
      for (const auto& [id, stream] : found->second) {
        visit(*stream);
      }
    }
    for (const auto& [id, stream] : wildcard(flavour, type)) {
      visit(*stream);
    }
  }

 private:
  using Named = std::unordered_map<std::string, Streams>;

  PerFlavour<PerType<Named>> named_;
  PerFlavour<PerType<Streams>> wildcard_;
};

}  // namespace fairlead::xds
