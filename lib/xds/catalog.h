// Catalog: every resource that exists, made from the views, each encoded once.
//
// Why: streams ask by name; what they get must not depend on who asks first or how often.
// A new view re-encodes only the resources of its own service, and Apply() says which changed.
// A dropped service loses its listeners and routes at once; its cluster and (empty) endpoints stay
// until Purge(), because a client must stop sending to a cluster before the cluster goes.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"
#include "xds/envoy_resources.h"
#include "xds/resource_type.h"
#include "xds/viewer.h"

namespace fairlead::xds {

struct CatalogOptions {
  std::vector<EnvoyListener> envoy_listeners;
  Viewer viewer;
};

// A resource that appeared, has new content, or is gone.
struct ResourceChange {
  ResourceType type = ResourceType::kCluster;
  std::string name;
  bool is_urgent = false;  // an address left: clients must hear it before anything else
};

struct PublishedRevision {
  ServiceName service;
  std::uint64_t revision = 0;
  bool has_new_endpoints = false;  // false: the endpoints resource kept its content
};

struct CatalogChanges {
  PerFlavour<std::vector<ResourceChange>> resources;
  std::vector<PublishedRevision> published;
};

class Catalog {
 public:
  using Table = std::map<std::string, ResourcePtr, std::less<>>;

  explicit Catalog(CatalogOptions options);

  // A view with an older revision than the one at hand is ignored.
  CatalogChanges Apply(std::span<const fleet::ServiceViewPtr> changed,
                       std::span<const ServiceName> dropped);
  // Takes away what is left of a dropped service, unless it has come back.
  CatalogChanges Purge(const ServiceName& service);

  // Nothing when it does not exist.
  ResourcePtr Find(Flavour flavour, ResourceType type, std::string_view name) const;
  const Table& table(Flavour flavour, ResourceType type) const {
    return tables_[Index(flavour)][Index(type)];
  }
  // Grows whenever anything in table(flavour, type) changes.
  std::uint64_t generation(Flavour flavour, ResourceType type) const {
    return generations_[Index(flavour)][Index(type)];
  }
  // The revision that the endpoints resource of this name was last published with; 0 = none.
  std::uint64_t EndpointsRevision(std::string_view name) const;

 private:
  void PutForGrpc(const ResourcePtr& resource, CatalogChanges& changes);
  void EraseForGrpc(ResourceType type, const std::string& name, CatalogChanges& changes);
  void Put(Flavour flavour, ResourcePtr resource, CatalogChanges& changes, bool is_urgent = false);
  void Erase(Flavour flavour, ResourceType type, const std::string& name, CatalogChanges& changes);
  void ApplyView(const fleet::ServiceViewPtr& view, CatalogChanges& changes);
  void Drop(const ServiceName& service, CatalogChanges& changes);
  bool HasShortName(const ServiceName& service) const;
  void NameListeners(const ServiceName& service, CatalogChanges& changes);
  void NameSiblings(const std::string& short_name, CatalogChanges& changes);
  void MakeRouteTable(CatalogChanges& changes);

  const CatalogOptions options_;
  PerFlavour<PerType<Table>> tables_;
  PerFlavour<PerType<std::uint64_t>> generations_{};
  std::map<ServiceName, fleet::ServiceViewPtr> views_;
  std::map<std::string, std::set<ServiceName>> by_short_name_;
  std::map<ServiceName, std::vector<std::string>> listener_names_;
  std::map<std::string, std::uint64_t, std::less<>> endpoints_revisions_;
  bool is_route_table_stale_ = true;
};

}  // namespace fairlead::xds
