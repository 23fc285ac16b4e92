// ResponseCache: responses that several streams get: complete sets (listeners, clusters), one per
// distinct subscription, and the newest increments.
//
// Why: many clients ask for the same; each is encoded once per change, not once per stream.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "xds/catalog.h"
#include "xds/encoding.h"

namespace fairlead::xds {

// What a stream asked for of one type.
struct Subscription {
  bool is_wildcard = false;
  std::set<std::string, std::less<>> names;  // without "*"
};

class ResponseCache {
 public:
  explicit ResponseCache(Catalog& catalog) : catalog_(catalog) {}

  // All that exists for these viewers of what `subscription` asks for. `type` is a complete-set
  // type.
  Response CompleteSet(const ViewerClass& viewers, Flavour flavour, ResourceType type,
                       const Subscription& subscription);
  // An increment: what is told and what is gone. REQUIRES: no name in both.
  Response Delta(ResourceType type, const std::vector<ResourcePtr>& told,
                 const std::vector<std::string>& removed);
  // Nobody is in this class any more.
  void Forget(NameClass names);

 private:
  // Distinct sets at once; clients of one host ask for a handful. Above it, sets are encoded anew.
  static constexpr std::size_t kSetsMax = 256;

  // Increments at once: a change is told to one stream after another, in a few forms.
  static constexpr std::size_t kDeltasMax = 8;

  struct Increment {
    ResourceType type = ResourceType::kCluster;
    std::vector<ResourcePtr> told;
    std::vector<std::string> removed;
    Response response;
  };

  struct Shelf {
    std::uint64_t generation = 0;
    std::map<std::string, Response> by_names;
  };

  Catalog& catalog_;
  PerFlavour<PerType<std::map<std::uint64_t, Shelf>>> shelves_;  // by table
  std::vector<Increment> deltas_;
  std::size_t next_delta_ = 0;  // the oldest
};

}  // namespace fairlead::xds
