#include "xds/catalog.h"

#include <algorithm>
#include <utility>

#include "xds/service_resources.h"

namespace fairlead::xds {

Catalog::Catalog(CatalogOptions options) : options_(std::move(options)) {
  CatalogChanges nobody_listens_yet;
  for (const EnvoyListener& listener : options_.envoy_listeners) {
    for (const Flavour flavour : kEnvoyFlavours) {
      Put(flavour, MakeEnvoyListener(listener), nobody_listens_yet);
    }
  }
  MakeRouteTables(nobody_listens_yet);
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
  MakeRouteTables(changes);
  return changes;
}

void Catalog::ApplyView(const fleet::ServiceViewPtr& view, CatalogChanges& changes) {
  fleet::ServiceViewPtr& known = views_[view->name];
  const fleet::ServiceViewPtr before = known;
  if (before && before->revision > view->revision) {
    return;
  }
  known = view;
  const bool has_new_traffic = !before || before->traffic != view->traffic;
  const bool has_new_route = PutTls(view, before, changes);
  if (has_new_traffic) {
    for (const Flavour flavour : kFlavours) {
      Put(flavour, MakeCluster(*view, flavour), changes);
    }
  }
  if (has_new_traffic || has_new_route) {
    PutRoutes(*view, changes);
  }
  PutEndpoints(view, Security::kPlaintext, changes);
  if (!before) {
    by_short_name_[view->name.service].insert(view->name);
    NameSiblings(view->name.service, changes);
  } else if (before->port != view->port || has_new_traffic || has_new_route) {
    NameListeners(view->name, changes);
    NameForCircles(view->name.service, changes);
  }
}

bool Catalog::PutTls(const fleet::ServiceViewPtr& view, const fleet::ServiceViewPtr& before,
                     CatalogChanges& changes) {
  if (!view->traffic.tls.is_on() && !tls_.contains(view->name)) {
    return false;
  }
  const auto [part, is_new] = tls_.try_emplace(view->name);
  // The newest replica may have turned it off while others still serve: they keep what they have.
  const bool is_told = is_new || !before || before->traffic != view->traffic;
  if (view->traffic.tls.is_on() && is_told) {
    for (const Flavour flavour : kTlsFlavours) {
      Put(flavour, MakeTlsCluster(*view, flavour, options_.tls), changes);
    }
  }
  PutEndpoints(view, Security::kTls, changes);
  const bool has_plaintext = std::ranges::any_of(
      view->endpoints, [](const fleet::Endpoint& endpoint) { return endpoint.plaintext; });
  if (!before || !has_plaintext) {
    part->second.is_warm = true;  // there is nothing else to be told of meanwhile
  } else if (is_new) {
    changes.warming.push_back(view->name);
  }
  const bool was_routed = part->second.is_routed;
  part->second.is_routed = part->second.is_warm && IsForTls(*view);
  return part->second.is_routed != was_routed;
}

void Catalog::PutEndpoints(const fleet::ServiceViewPtr& view, Security security,
                           CatalogChanges& changes) {
  EndpointTables::Update endpoints = endpoints_.Put(view, security);
  EndpointsChanged(ResourceName(view->name, security), endpoints, changes);
  changes.published.push_back(
      {view->name, view->revision, std::move(endpoints.unchanged), security});
}

void Catalog::PutRoutes(const fleet::ServiceView& view, CatalogChanges& changes) {
  PutForGrpc(view.name, [&](Security security) { return MakeGrpcRoute(view, security); }, changes);
  is_route_table_stale_ = true;
}

Security Catalog::RouteOf(const ServiceName& service, Security most) const {
  const auto part = tls_.find(service);
  const bool is_routed = part != tls_.end() && part->second.is_routed;
  return is_routed ? most : Security::kPlaintext;
}

CatalogChanges Catalog::Warm(const ServiceName& service) {
  CatalogChanges changes;
  const auto part = tls_.find(service);
  const auto view = views_.find(service);
  if (part == tls_.end() || view == views_.end()) {
    return changes;
  }
  part->second.is_warm = true;
  const bool is_routed = IsForTls(*view->second);
  if (std::exchange(part->second.is_routed, is_routed) != is_routed) {
    PutRoutes(*view->second, changes);
    NameListeners(service, changes);
    NameForCircles(service.service, changes);
    MakeRouteTables(changes);
  }
  return changes;
}

CatalogChanges Catalog::SetTrust(const std::string& secret, const std::string& authorities) {
  CatalogChanges changes;
  Put(Flavour::kEnvoyTls, MakeTrustSecret(secret, authorities), changes);
  return changes;
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
  for (const Security security : kSecurities) {
    EndpointsChanged(ResourceName(service, security), endpoints_.Drop(service, security), changes);
  }
  NameSiblings(service.service, changes);
  if (siblings.empty()) {
    by_short_name_.erase(service.service);
  }
  is_route_table_stale_ = true;
}

CatalogChanges Catalog::Purge(const ServiceName& service) {
  CatalogChanges changes;
  if (!views_.contains(service)) {
    for (const Security security : kSecurities) {
      const std::string name = ResourceName(service, security);
      for (const Flavour flavour : kFlavours) {
        Erase(flavour, ResourceType::kCluster, name, changes);
      }
      EndpointTables::Update erased;
      for (const NetworkClass& viewers : endpoints_.Erase(service, security)) {
        erased.changed.push_back({viewers, false});
      }
      EndpointsChanged(name, erased, changes);
    }
    tls_.erase(service);
  }
  return changes;
}

void Catalog::NameSiblings(const std::string& short_name, CatalogChanges& changes) {
  for (const ServiceName& sibling : by_short_name_[short_name]) {
    NameListeners(sibling, changes);
  }
  NameForCircles(short_name, changes);
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
    PutForGrpc(
        service,
        [&](Security security) { return MakeGrpcListener(name, *views_.at(service), security); },
        changes);
  }
  known = std::move(names);
}

template <class Make>
void Catalog::PutForGrpc(const ServiceName& service, Make resource, CatalogChanges& changes) {
  PerSecurity<ResourcePtr> made;
  for (const Flavour flavour : kGrpcFlavours) {
    const Security security = RouteOf(service, SecurityOf(flavour));
    ResourcePtr& own = made[Index(security)];
    if (!own) {
      own = resource(security);
    }
    Put(flavour, own, changes);
  }
}

void Catalog::EraseForGrpc(ResourceType type, const std::string& name, CatalogChanges& changes) {
  for (const Flavour flavour : kGrpcFlavours) {
    Erase(flavour, type, name, changes);
  }
}

void Catalog::Put(Flavour flavour, ResourcePtr resource, CatalogChanges& changes) {
  const ResourceType type = resource->type;
  ResourcePtr& known = tables_[Index(flavour)][Index(type)][resource->name];
  if (known && known->content == resource->content) {
    return;
  }
  known = std::move(resource);
  Changed(flavour, type, known->name, changes);
  ++generations_[Index(flavour)][Index(type)];
}

void Catalog::Erase(Flavour flavour, ResourceType type, const std::string& name,
                    CatalogChanges& changes) {
  if (tables_[Index(flavour)][Index(type)].erase(name) > 0) {
    Changed(flavour, type, name, changes);
    ++generations_[Index(flavour)][Index(type)];
  }
}

void Catalog::EndpointsChanged(const std::string& name, const EndpointTables::Update& update,
                               CatalogChanges& changes) {
  for (const EndpointTables::Update::Changed& changed : update.changed) {
    for (const Flavour flavour : kFlavours) {
      changes.resources[Index(flavour)].push_back(
          {ResourceType::kEndpoints, name, changed.is_urgent, changed.viewers.value});
    }
  }
}

}  // namespace fairlead::xds
