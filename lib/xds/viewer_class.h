// ViewerClass: which of the tables a stream reads. Viewers that see the same share a class.
//
// Why: what a client is told depends on where it runs, but there are few such places beside many
// clients. So tables are made and changes are found per class, never per stream.
//  - endpoints depend on the client's networks: NetworkClass;
//  - listeners and routes depend on its project, for the sake of short names, or on the projects
//    that it may see: NameClass;
//  - clusters depend on the projects that it may see;
//  - secrets are the same for everybody.
// Pure. Ids are never used again, so that a table is never taken for an older one.
#pragma once

#include <cstdint>

#include "base/strong_id.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

using NetworkClass = StrongId<struct NetworkClassTag, std::uint64_t>;
using NameClass = StrongId<struct NameClassTag, std::uint64_t>;

// A client on the host, of no project: the classes that are always there.
inline constexpr std::uint64_t kHostClass = 0;

struct ViewerClass {
  NetworkClass networks;
  NameClass names;
  bool is_limited = false;  // to some projects; `names` is theirs
  bool operator==(const ViewerClass&) const = default;
};

// The table of `type` that the class reads: unique within the type, kHostClass for the host's.
constexpr std::uint64_t TableOf(ResourceType type, const ViewerClass& viewers) {
  switch (type) {
    case ResourceType::kEndpoints:
      return viewers.networks.value;
    case ResourceType::kListener:
    case ResourceType::kRoute:
      return viewers.names.value;
    case ResourceType::kCluster:
      return viewers.is_limited ? viewers.names.value : kHostClass;
    case ResourceType::kSecret:
      break;
  }
  return kHostClass;
}

}  // namespace fairlead::xds
