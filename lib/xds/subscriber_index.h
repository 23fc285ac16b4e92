// SubscriberIndex: from a resource, as one class of viewers sees it, to the streams that asked for
// it.
//
// Why: a change must cost what its subscribers cost, not what all streams cost.
// Threads: none; lives on the discovery loop. Streams are borrowed: each leaves before it dies.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/prefetch.h"
#include "xds/adoption.h"
#include "xds/resource_type.h"
#include "xds/viewer_class.h"

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

  // `fetch(stream, step)` is called for `steps` before it is the stream's turn (base/prefetch.h).
  template <class Visit, class Fetch>
  void ForEach(Visit& visit, std::size_t steps, Fetch& fetch) const {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      FetchInSteps(i, streams_.size(), steps, [&](std::size_t later, std::size_t step) {
        fetch(*streams_[later].second, step);
      });
      visit(*streams_[i].second);
    }
  }

 private:
  using Streams = std::vector<std::pair<StreamId, DiscoveryStream*>>;
  Streams::iterator Find(StreamId id) {
    return std::ranges::lower_bound(streams_, id, {}, &Streams::value_type::first);
  }

  Streams streams_;
};

class SubscriberIndex {
 public:
  // Where a stream's subscriptions of one type stand: with those who are told the same.
  struct Shelf {
    Flavour flavour = Flavour::kGrpc;
    ResourceType type = ResourceType::kCluster;
    std::uint64_t table = kHostClass;  // TableOf(type, its viewer class)
  };

  void Add(const Shelf& shelf, const std::string& name, StreamId id, DiscoveryStream* stream) {
    Of(shelf)[shelf.table].named[name].Add(id, stream);
  }
  void Remove(const Shelf& shelf, const std::string& name, StreamId id) {
    const auto table = Of(shelf).find(shelf.table);
    if (table == Of(shelf).end()) {
      return;
    }
    const auto found = table->second.named.find(name);
    if (found != table->second.named.end()) {
      found->second.Remove(id);
      if (found->second.empty()) {
        table->second.named.erase(found);
      }
    }
    EraseIfEmpty(shelf, table);
  }
  void AddWildcard(const Shelf& shelf, StreamId id, DiscoveryStream* stream) {
    Of(shelf)[shelf.table].wildcard.Add(id, stream);
  }
  void RemoveWildcard(const Shelf& shelf, StreamId id) {
    if (const auto table = Of(shelf).find(shelf.table); table != Of(shelf).end()) {
      table->second.wildcard.Remove(id);
      EraseIfEmpty(shelf, table);
    }
  }

  // Calls `visit(stream)` for every stream that asked for the resource, by name or wildcard, and
  // before that `fetch(stream, step)` for `steps` (base/prefetch.h).
  template <class Visit, class Fetch>
  void ForEach(const Shelf& shelf, const std::string& name, Visit&& visit, std::size_t steps,
               Fetch&& fetch) {
    const auto table = Of(shelf).find(shelf.table);
    if (table == Of(shelf).end()) {
      return;
    }
    if (const auto found = table->second.named.find(name); found != table->second.named.end()) {
      found->second.ForEach(visit, steps, fetch);
    }
    table->second.wildcard.ForEach(visit, steps, fetch);
  }

 private:
  struct Subscribers {
    std::unordered_map<std::string, StreamList> named;
    StreamList wildcard;
  };
  using Tables = std::map<std::uint64_t, Subscribers>;

  Tables& Of(const Shelf& shelf) { return tables_[Index(shelf.flavour)][Index(shelf.type)]; }
  void EraseIfEmpty(const Shelf& shelf, Tables::iterator table) {
    if (table->second.named.empty() && table->second.wildcard.empty()) {
      Of(shelf).erase(table);
    }
  }

  PerFlavour<PerType<Tables>> tables_;
};

}  // namespace fairlead::xds
