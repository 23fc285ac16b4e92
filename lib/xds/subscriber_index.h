// SubscriberIndex: from a resource to the streams that asked for it.
//
// Why: a change must cost what its subscribers cost, not what all streams cost.
// Threads: none; lives on the discovery loop. Streams are borrowed: each leaves before it dies.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "xds/adoption.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

class DiscoveryStream;

// Streams by id, so that a fan-out has a stable order. Flat, because a fan-out walks all of it; new
// streams have the highest id, so adding is cheap.
class StreamList {
 public:
  void Add(StreamId id, DiscoveryStream* stream) {
    const auto place = Find(id);
    if (place == streams_.end() || place->first != id) {
      streams_.insert(place, {id, stream});
    }
  }
  void Remove(StreamId id) {
    const auto place = Find(id);
    if (place != streams_.end() && place->first == id) {
      streams_.erase(place);
    }
  }
  bool empty() const { return streams_.empty(); }
  auto begin() const { return streams_.begin(); }
  auto end() const { return streams_.end(); }

 private:
  using Streams = std::vector<std::pair<StreamId, DiscoveryStream*>>;
  Streams::iterator Find(StreamId id) {
    return std::ranges::lower_bound(streams_, id, {}, &Streams::value_type::first);
  }

  Streams streams_;
};

class SubscriberIndex {
 public:
  void Add(Flavour flavour, ResourceType type, const std::string& name, StreamId id,
           DiscoveryStream* stream) {
    named_[Index(flavour)][Index(type)][name].Add(id, stream);
  }
  void Remove(Flavour flavour, ResourceType type, const std::string& name, StreamId id) {
    Named& named = named_[Index(flavour)][Index(type)];
    const auto found = named.find(name);
    if (found == named.end()) {
      return;
    }
    found->second.Remove(id);
    if (found->second.empty()) {
      named.erase(found);
    }
  }
  StreamList& wildcard(Flavour flavour, ResourceType type) {
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
  using Named = std::unordered_map<std::string, StreamList>;

  PerFlavour<PerType<Named>> named_;
  PerFlavour<PerType<StreamList>> wildcard_;
};

}  // namespace fairlead::xds
