#include "xds/catalog.h"

#include <algorithm>

#include "xds/service_resources.h"

namespace fairlead::xds {
namespace {

std::set<SocketAddress> Addresses(const fleet::ServiceView& view, const Viewer& viewer) {
  std::set<SocketAddress> out;
  for (const fleet::Endpoint& endpoint : view.endpoints) {
    const auto address = AddressFor(viewer, endpoint);
    if (address && endpoint.weight > 0) {
      out.insert(*address);
    }
  }
  return out;
}

bool LosesAnAddress(const fleet::ServiceView& before, const fleet::ServiceView& after,
                    const Viewer& viewer) {
  return !std::ranges::includes(Addresses(after, viewer), Addresses(before, viewer));
}

}  // namespace

Catalog::Catalog(CatalogOptions options) : options_(std::move(options)) {
  CatalogChanges nobody_listens_yet;
  for (const EnvoyListener& listener : options_.envoy_listeners) {
    Put(Flavour::kEnvoy, MakeEnvoyListener(listener), nobody_listens_yet);
  }
  MakeRouteTable(nobody_listens_yet);
}

CatalogChanges Catalog::Apply(std::span<const fleet::ServiceViewPtr> changed,
                              std::span<const ServiceName> dropped) {
  CatalogChanges changes;
  for (const ServiceName& service : dropped) {
    Drop(service, changes);
  }
  for (const fleet::ServiceViewPtr& view : changed) {
    ApplyView(view, changes);
  }
  MakeRouteTable(changes);
  return changes;
}

void Catalog::ApplyView(const fleet::ServiceViewPtr& view, CatalogChanges& changes) {
  fleet::ServiceViewPtr& known = views_[view->name];
  const fleet::ServiceViewPtr before = known;
  if (before && before->revision > view->revision) {
    return;
  }
  known = view;
  const std::string name = ResourceName(view->name);
  if (!before || before->traffic != view->traffic) {
    for (const Flavour flavour : kFlavours) {
      Put(flavour, MakeCluster(*view, flavour), changes);
    }
    PutForGrpc(MakeGrpcRoute(*view), changes);
    is_route_table_stale_ = true;
  }
  const ResourcePtr endpoints = MakeEndpoints(*view, options_.viewer);
  const ResourcePtr old_endpoints = Find(Flavour::kGrpc, ResourceType::kEndpoints, name);
  const bool has_new_endpoints = !old_endpoints || old_endpoints->content != endpoints->content;
  const bool is_urgent = before && LosesAnAddress(*before, *view, options_.viewer);
  for (const Flavour flavour : kFlavours) {
    Put(flavour, endpoints, changes, is_urgent);
  }
  endpoints_revisions_[name] = view->revision;
  changes.published.push_back({view->name, view->revision, has_new_endpoints});
  if (!before) {
    by_short_name_[view->name.service].insert(view->name);
    NameSiblings(view->name.service, changes);
  } else if (before->port != view->port || before->traffic != view->traffic) {
    NameListeners(view->name, changes);
  }
}

void Catalog::Drop(const ServiceName& service, CatalogChanges& changes) {
  if (views_.erase(service) == 0) {
    return;
  }
  std::set<ServiceName>& siblings = by_short_name_[service.service];
  siblings.erase(service);
  for (const std::string& name : listener_names_[service]) {
    EraseForGrpc(ResourceType::kListener, name, changes);
  }
  listener_names_.erase(service);
  EraseForGrpc(ResourceType::kRoute, ResourceName(service), changes);
  for (const Flavour flavour : kFlavours) {
    Put(flavour, MakeNoEndpoints(service), changes, /*is_urgent=*/true);
  }
  endpoints_revisions_.erase(ResourceName(service));
  NameSiblings(service.service, changes);
  if (siblings.empty()) {
    by_short_name_.erase(service.service);
  }
  is_route_table_stale_ = true;
}

CatalogChanges Catalog::Purge(const ServiceName& service) {
  CatalogChanges changes;
  if (!views_.contains(service)) {
    const std::string name = ResourceName(service);
    for (const Flavour flavour : kFlavours) {
      Erase(flavour, ResourceType::kCluster, name, changes);
      Erase(flavour, ResourceType::kEndpoints, name, changes);
    }
  }
  return changes;
}

bool Catalog::HasShortName(const ServiceName& service) const {
  const auto found = by_short_name_.find(service.service);
  return found != by_short_name_.end() && found->second.size() == 1;
}

void Catalog::NameSiblings(const std::string& short_name, CatalogChanges& changes) {
  for (const ServiceName& sibling : by_short_name_[short_name]) {
    NameListeners(sibling, changes);
  }
  is_route_table_stale_ = true;
}

void Catalog::NameListeners(const ServiceName& service, CatalogChanges& changes) {
  std::vector<std::string> names = DialNames(*views_.at(service), HasShortName(service));
  std::vector<std::string>& known = listener_names_[service];
  for (const std::string& old : known) {
    if (std::ranges::find(names, old) == names.end()) {
      EraseForGrpc(ResourceType::kListener, old, changes);
    }
  }
  for (const std::string& name : names) {
    PutForGrpc(MakeGrpcListener(name, *views_.at(service)), changes);
  }
  known = std::move(names);
}

void Catalog::MakeRouteTable(CatalogChanges& changes) {
  if (!is_route_table_stale_) {
    return;
  }
  is_route_table_stale_ = false;
  std::vector<EnvoyRoute> routes;
  routes.reserve(views_.size());
  for (const auto& [name, view] : views_) {
    routes.push_back({view.get(), HasShortName(name)});
  }
  Put(Flavour::kEnvoy, MakeEnvoyRouteTable(routes), changes);
}

void Catalog::PutForGrpc(const ResourcePtr& resource, CatalogChanges& changes) {
  for (const Flavour flavour : kGrpcFlavours) {
    Put(flavour, resource, changes);
  }
}

void Catalog::EraseForGrpc(ResourceType type, const std::string& name, CatalogChanges& changes) {
  for (const Flavour flavour : kGrpcFlavours) {
    Erase(flavour, type, name, changes);
  }
}

ResourcePtr Catalog::Find(Flavour flavour, ResourceType type, std::string_view name) const {
  const Table& table = tables_[Index(flavour)][Index(type)];
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

std::uint64_t Catalog::EndpointsRevision(std::string_view name) const {
  const auto found = endpoints_revisions_.find(name);
  return found == endpoints_revisions_.end() ? 0 : found->second;
}

void Catalog::Put(Flavour flavour, ResourcePtr resource, CatalogChanges& changes, bool is_urgent) {
  const ResourceType type = resource->type;
  ResourcePtr& known = tables_[Index(flavour)][Index(type)][resource->name];
  if (known && known->content == resource->content) {
    return;
  }
  changes.resources[Index(flavour)].push_back({type, resource->name, is_urgent});
  known = std::move(resource);
  ++generations_[Index(flavour)][Index(type)];
}

void Catalog::Erase(Flavour flavour, ResourceType type, const std::string& name,
                    CatalogChanges& changes) {
  if (tables_[Index(flavour)][Index(type)].erase(name) > 0) {
    changes.resources[Index(flavour)].push_back({type, name, false});
    ++generations_[Index(flavour)][Index(type)];
  }
}

}  // namespace fairlead::xds
