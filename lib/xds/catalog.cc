#include "xds/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "xds/service_resources.h"

namespace fairlead::xds {
namespace {

bool IsNamedByProject(ResourceType type) {
  return type == ResourceType::kListener || type == ResourceType::kRoute;
}

// Whether the project has something else under this name than the host.
bool Overrides(const ProjectNames& names, Flavour flavour, ResourceType type,
               std::string_view name) {
  if (IsEnvoy(flavour)) {
    return type == ResourceType::kRoute && names.routes();
  }
  return type == ResourceType::kListener && names.listeners().contains(name);
}

}  // namespace

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
    NameForProjects(view->name.service, changes);
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
    NameForProjects(service.service, changes);
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

bool Catalog::HasShortName(const ServiceName& service) const {
  const auto found = by_short_name_.find(service.service);
  return found != by_short_name_.end() && found->second.size() == 1;
}

void Catalog::NameSiblings(const std::string& short_name, CatalogChanges& changes) {
  for (const ServiceName& sibling : by_short_name_[short_name]) {
    NameListeners(sibling, changes);
  }
  NameForProjects(short_name, changes);
  is_route_table_stale_ = true;
}

void Catalog::NameForProjects(const std::string& short_name, CatalogChanges& changes) {
  for (auto& [viewers, project] : projects_) {
    NameForProject(viewers, project, short_name, changes);
  }
}

void Catalog::NameForProject(NameClass viewers, Project& project, const std::string& short_name,
                             CatalogChanges& changes) const {
  const ServiceName own{.project = project.name, .service = short_name};
  const auto view = views_.find(own);
  const bool is_overridden = view != views_.end() && !HasShortName(own);
  for (const Security security : kSecurities) {
    std::vector<ResourcePtr> listeners;
    if (is_overridden) {
      for (const std::string& name : ShortDialNames(*view->second)) {
        listeners.push_back(MakeGrpcListener(name, *view->second, RouteOf(own, security)));
      }
    }
    ProjectNames& names = project.names[Index(security)];
    for (const std::string& name : names.PutListeners(short_name, std::move(listeners))) {
      for (const Flavour each : kGrpcFlavours) {
        if (SecurityOf(each) == security) {
          changes.resources[Index(each)].push_back(
              {ResourceType::kListener, name, false, viewers.value});
        }
      }
    }
  }
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

ResourcePtr Catalog::RouteTable(const Project* project, Security security) const {
  std::vector<EnvoyRoute> routes;
  routes.reserve(views_.size());
  for (const auto& [name, view] : views_) {
    const bool is_own = project != nullptr && name.project == project->name;
    routes.push_back({view.get(), is_own || HasShortName(name), RouteOf(name, security)});
  }
  return MakeEnvoyRouteTable(routes, options_.envoy_listeners);
}

void Catalog::MakeRouteTables(CatalogChanges& changes) {
  if (!is_route_table_stale_) {
    return;
  }
  is_route_table_stale_ = false;
  PerSecurity<ResourcePtr> of_host;
  for (const Flavour flavour : kEnvoyFlavours) {
    const Security security = SecurityOf(flavour);
    for (auto& [viewers, project] : projects_) {
      // Without a shared short name of its own a project's routes are the host's.
      ProjectNames& names = project.names[Index(security)];
      if (names.PutRoutes(names.is_empty() ? nullptr : RouteTable(&project, security))) {
        changes.resources[Index(flavour)].push_back(
            {ResourceType::kRoute, std::string(kEnvoyRouteName), false, viewers.value});
      }
    }
    // Where no service speaks TLS, the tables are one.
    const bool is_same = security == Security::kTls && tls_.empty();
    of_host[Index(security)] =
        is_same ? of_host[Index(Security::kPlaintext)] : RouteTable(nullptr, security);
    Put(flavour, of_host[Index(security)], changes);
  }
}

ViewerClass Catalog::Enter(const Viewer& viewer, const std::string& project) {
  ViewerClass viewers{.networks = endpoints_.Enter(viewer), .names = NameClass(kHostClass)};
  if (project.empty()) {
    return viewers;
  }
  const auto [known, is_new] = by_project_.try_emplace(project, NameClass(last_name_class_ + 1));
  viewers.names = known->second;
  Project& entered = projects_.try_emplace(known->second, Project{.name = project}).first->second;
  ++entered.users;
  if (is_new) {
    ++last_name_class_;
    CatalogChanges nobody_listens_yet;
    for (const auto& [short_name, services] : by_short_name_) {
      NameForProject(viewers.names, entered, short_name, nobody_listens_yet);
    }
    for (const Security security : kSecurities) {
      ProjectNames& names = entered.names[Index(security)];
      names.PutRoutes(names.is_empty() ? nullptr : RouteTable(&entered, security));
    }
  }
  return viewers;
}

bool Catalog::Leave(const ViewerClass& viewers) {
  endpoints_.Leave(viewers.networks);
  const auto found = projects_.find(viewers.names);
  if (found == projects_.end() || --found->second.users > 0) {
    return false;
  }
  by_project_.erase(found->second.name);
  projects_.erase(found);
  return true;
}

const ProjectNames* Catalog::NamesOf(const ViewerClass& viewers, Flavour flavour) const {
  const auto found = projects_.find(viewers.names);
  return found == projects_.end() ? nullptr : &found->second.names[Index(SecurityOf(flavour))];
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

ResourcePtr Catalog::Find(const ViewerClass& viewers, Flavour flavour, ResourceType type,
                          std::string_view name) {
  if (type == ResourceType::kEndpoints) {
    return endpoints_.Find(viewers.networks, name);
  }
  const ProjectNames* names = IsNamedByProject(type) ? NamesOf(viewers, flavour) : nullptr;
  if (names != nullptr && Overrides(*names, flavour, type, name)) {
    return type == ResourceType::kRoute ? names->routes() : names->listeners().find(name)->second;
  }
  const Table& table = tables_[Index(flavour)][Index(type)];
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

std::string Catalog::WhyNoListener(const ViewerClass& viewers, std::string_view name) const {
  const ProjectNames* names = NamesOf(viewers, Flavour::kGrpc);
  const bool is_own = names != nullptr && names->listeners().contains(name);
  if (is_own || table(Flavour::kGrpc, ResourceType::kListener).contains(name)) {
    return "";
  }
  const std::string service(name.substr(0, name.find(':')));
  const auto shared = by_short_name_.find(service);
  if (shared != by_short_name_.end() && shared->second.size() > 1) {
    std::string projects;
    for (const ServiceName& sibling : shared->second) {
      projects += (projects.empty() ? "" : ", ") + sibling.project;
    }
    return fmt::format("several projects have it ({}): dial {}.PROJECT", projects, service);
  }
  const std::size_t dot = service.find('.');
  const bool exists = dot == std::string::npos
                          ? shared != by_short_name_.end()
                          : views_.contains({.project = service.substr(dot + 1),
                                             .service = service.substr(0, dot)});
  return exists ? "the service has another port" : "no such service";
}

std::string Catalog::WhyNoEndpoints(Flavour flavour, std::string_view name) const {
  const bool is_for_tls = SecurityOf(flavour) == Security::kTls;
  if (is_for_tls || !endpoints_.HasOnlyOthers(name)) {
    return "";
  }
  return "it speaks TLS only, and this client's bootstrap has none "
         "(fairlead bootstrap --tls-dir DIRECTORY)";
}

std::vector<ResourcePtr> Catalog::All(const ViewerClass& viewers, Flavour flavour,
                                      ResourceType type) const {
  Table all = table(flavour, type);
  const ProjectNames* names = type == ResourceType::kListener ? NamesOf(viewers, flavour) : nullptr;
  if (names != nullptr && !IsEnvoy(flavour)) {
    for (const auto& [name, listener] : names->listeners()) {
      all.insert_or_assign(name, listener);
    }
  }
  std::vector<ResourcePtr> resources;
  resources.reserve(all.size());
  for (auto& [name, resource] : all) {
    resources.push_back(std::move(resource));
  }
  return resources;
}

std::uint64_t Catalog::generation(const ViewerClass& viewers, Flavour flavour,
                                  ResourceType type) const {
  const ProjectNames* names = IsNamedByProject(type) ? NamesOf(viewers, flavour) : nullptr;
  return generations_[Index(flavour)][Index(type)] + (names == nullptr ? 0 : names->generation());
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

// One of the host's resources has changed: for the host, and for each project that has nothing of
// its own under that name.
void Catalog::Changed(Flavour flavour, ResourceType type, const std::string& name,
                      CatalogChanges& changes) const {
  std::vector<ResourceChange>& resources = changes.resources[Index(flavour)];
  resources.push_back({type, name, false, kHostClass});
  if (!IsNamedByProject(type)) {
    return;
  }
  for (const auto& [viewers, project] : projects_) {
    if (!Overrides(project.names[Index(SecurityOf(flavour))], flavour, type, name)) {
      resources.push_back({type, name, false, viewers.value});
    }
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
