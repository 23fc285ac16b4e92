// ResponseCache: complete-set responses (listeners, clusters), one per distinct subscription.
//
// Why: many clients ask for the same set; each set is encoded once per change, not once per stream.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

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
  // Nobody is in this class any more.
  void Forget(NameClass names);

 private:
  // Distinct sets at once; clients of one host ask for a handful. Above it, sets are encoded anew.
  static constexpr std::size_t kSetsMax = 256;

  struct Shelf {
    std::uint64_t generation = 0;
    std::map<std::string, Response> by_names;
  };

  Catalog& catalog_;
  PerFlavour<PerType<std::map<std::uint64_t, Shelf>>> shelves_;  // by table
};

}  // namespace fairlead::xds
