// What the catalog tells whom: the classes of viewers, their short names and routes, what each is
// told of what exists, and why it is told no more.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "xds/catalog.h"
#include "xds/resource_name.h"
#include "xds/service_resources.h"

namespace fairlead::xds {
namespace {

bool IsNamedByCircle(ResourceType type) {
  return type == ResourceType::kListener || type == ResourceType::kRoute;
}

// Whether they have something else under this name than the host.
bool Overrides(const ProjectNames& names, Flavour flavour, ResourceType type,
               std::string_view name) {
  if (IsEnvoy(flavour)) {
    return type == ResourceType::kRoute && names.routes();
  }
  return type == ResourceType::kListener && names.listeners().contains(name);
}

// "user.shop" of "user.shop:50051".
std::string_view WithoutPort(std::string_view name) {
  return name.substr(0, name.find(':'));
}

std::string HiddenText(const std::string& project) {
  return fmt::format(
      "it is of project {}, which this client's certificate may not see: name both in "
      "access.discovery",
      project);
}

}  // namespace

ViewerClass Catalog::Enter(const Viewer& viewer, const std::string& project) {
  ViewerClass viewers{.networks = endpoints_.Enter(viewer),
                      .names = NameClass(kHostClass),
                      .is_limited = viewer.projects.has_value()};
  if (project.empty() && !viewers.is_limited) {
    return viewers;
  }
  const auto [known, is_new] =
      by_circle_.try_emplace({project, viewer.projects}, NameClass(last_name_class_ + 1));
  viewers.names = known->second;
  Circle& entered = circles_.try_emplace(known->second, Circle{.project = project}).first->second;
  ++entered.users;
  if (is_new) {
    ++last_name_class_;
    limits_ += viewers.is_limited ? 1 : 0;
    entered.sees = viewer.projects;
    CatalogChanges nobody_listens_yet;
    for (const auto& [short_name, services] : by_short_name_) {
      NameForCircle(viewers.names, entered, short_name, nobody_listens_yet);
    }
    for (const Security security : kSecurities) {
      entered.names[Index(security)].PutRoutes(OwnRoutes(entered, security));
    }
  }
  return viewers;
}

bool Catalog::Leave(const ViewerClass& viewers) {
  endpoints_.Leave(viewers.networks);
  const auto found = circles_.find(viewers.names);
  if (found == circles_.end() || --found->second.users > 0) {
    return false;
  }
  limits_ -= viewers.is_limited ? 1 : 0;
  by_circle_.erase({found->second.project, found->second.sees});
  circles_.erase(found);
  return true;
}

const Catalog::Circle* Catalog::CircleOf(const ViewerClass& viewers) const {
  const auto found = circles_.find(viewers.names);
  return found == circles_.end() ? nullptr : &found->second;
}

const ProjectNames* Catalog::NamesOf(const ViewerClass& viewers, Flavour flavour) const {
  const Circle* circle = CircleOf(viewers);
  return circle == nullptr ? nullptr : &circle->names[Index(SecurityOf(flavour))];
}

bool Catalog::IsOfHost(const Circle& circle, Flavour flavour, ResourceType type,
                       std::string_view name) {
  if (Overrides(circle.names[Index(SecurityOf(flavour))], flavour, type, name)) {
    return false;
  }
  const bool is_for_all =
      type == ResourceType::kSecret || (type == ResourceType::kListener && IsEnvoy(flavour));
  if (!circle.sees || is_for_all) {
    return true;
  }
  const auto service = ServiceOf(WithoutPort(name));
  return service && circle.sees->contains(service->name.project);
}

bool Catalog::Sees(const ViewerClass& viewers, const std::string& project) const {
  const Circle* circle = viewers.is_limited ? CircleOf(viewers) : nullptr;
  return circle == nullptr || circle->sees->contains(project);
}

std::optional<std::set<std::string>> Catalog::ProjectsOf(const ViewerClass& viewers) const {
  const Circle* circle = viewers.is_limited ? CircleOf(viewers) : nullptr;
  return circle == nullptr ? std::nullopt : circle->sees;
}

// --- short names and routes -----------------------------------------------------------------

bool Catalog::HasShortName(const ServiceName& service) const {
  const auto found = by_short_name_.find(service.service);
  return found != by_short_name_.end() && found->second.size() == 1;
}

const fleet::ServiceView* Catalog::MeaningOf(const Circle& circle,
                                             const std::string& short_name) const {
  if (!circle.sees) {
    const ServiceName own{.project = circle.project, .service = short_name};
    const auto view = views_.find(own);
    return view != views_.end() && !HasShortName(own) ? view->second.get() : nullptr;
  }
  const auto all = by_short_name_.find(short_name);
  if (all == by_short_name_.end()) {
    return nullptr;
  }
  const fleet::ServiceView* only = nullptr;
  for (const ServiceName& sibling : all->second) {
    if (!circle.sees->contains(sibling.project)) {
      continue;
    }
    if (only != nullptr) {
      return nullptr;
    }
    only = views_.at(sibling).get();
  }
  return only;
}

void Catalog::NameForCircles(const std::string& short_name, CatalogChanges& changes) {
  for (auto& [viewers, circle] : circles_) {
    NameForCircle(viewers, circle, short_name, changes);
  }
}

void Catalog::NameForCircle(NameClass viewers, Circle& circle, const std::string& short_name,
                            CatalogChanges& changes) const {
  const fleet::ServiceView* view = MeaningOf(circle, short_name);
  for (const Security security : kSecurities) {
    std::vector<ResourcePtr> listeners;
    if (view != nullptr) {
      for (const std::string& name : ShortDialNames(*view)) {
        listeners.push_back(MakeGrpcListener(name, *view, RouteOf(view->name, security)));
      }
    }
    ProjectNames& names = circle.names[Index(security)];
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

ResourcePtr Catalog::RouteTable(const Circle* circle, Security security) const {
  std::vector<EnvoyRoute> routes;
  routes.reserve(views_.size());
  for (const auto& [name, view] : views_) {
    if (circle != nullptr && circle->sees && !circle->sees->contains(name.project)) {
      continue;
    }
    const bool is_own = circle != nullptr && MeaningOf(*circle, name.service) == view.get();
    const bool is_hosts = (circle == nullptr || !circle->sees) && HasShortName(name);
    routes.push_back({view.get(), is_own || is_hosts, RouteOf(name, security)});
  }
  return MakeEnvoyRouteTable(routes, options_.envoy_listeners);
}

// Of those who see everything, and have no shared short name of their own, they are the host's.
ResourcePtr Catalog::OwnRoutes(const Circle& circle, Security security) const {
  const bool is_hosts = !circle.sees && circle.names[Index(security)].is_empty();
  return is_hosts ? nullptr : RouteTable(&circle, security);
}

void Catalog::MakeRouteTables(CatalogChanges& changes) {
  if (!is_route_table_stale_) {
    return;
  }
  is_route_table_stale_ = false;
  PerSecurity<ResourcePtr> of_host;
  for (const Flavour flavour : kEnvoyFlavours) {
    const Security security = SecurityOf(flavour);
    for (auto& [viewers, circle] : circles_) {
      if (circle.names[Index(security)].PutRoutes(OwnRoutes(circle, security))) {
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

// --- what exists for whom -------------------------------------------------------------------

ResourcePtr Catalog::Find(const ViewerClass& viewers, Flavour flavour, ResourceType type,
                          std::string_view name) {
  if (type == ResourceType::kEndpoints) {
    return endpoints_.Find(viewers.networks, name);
  }
  if (IsNamedByCircle(type) || viewers.is_limited) {
    const Circle* circle = CircleOf(viewers);
    if (circle != nullptr && !IsOfHost(*circle, flavour, type, name)) {
      const ProjectNames& names = circle->names[Index(SecurityOf(flavour))];
      if (!Overrides(names, flavour, type, name)) {
        return nullptr;
      }
      return type == ResourceType::kRoute ? names.routes() : names.listeners().find(name)->second;
    }
  }
  const Table& table = tables_[Index(flavour)][Index(type)];
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

std::vector<ResourcePtr> Catalog::All(const ViewerClass& viewers, Flavour flavour,
                                      ResourceType type) const {
  Table all = table(flavour, type);
  if (const Circle* circle = viewers.is_limited ? CircleOf(viewers) : nullptr; circle != nullptr) {
    std::erase_if(all,
                  [&](const auto& one) { return !IsOfHost(*circle, flavour, type, one.first); });
  }
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
  const ProjectNames* names = IsNamedByCircle(type) ? NamesOf(viewers, flavour) : nullptr;
  return generations_[Index(flavour)][Index(type)] + (names == nullptr ? 0 : names->generation());
}

// One of the host's resources has changed: for the host, and for each circle that is told of it and
// has nothing of its own under that name.
void Catalog::Changed(Flavour flavour, ResourceType type, const std::string& name,
                      CatalogChanges& changes) const {
  std::vector<ResourceChange>& resources = changes.resources[Index(flavour)];
  resources.push_back({type, name, false, kHostClass});
  for (const auto& [viewers, circle] : circles_) {
    const bool has_table =
        IsNamedByCircle(type) || (type == ResourceType::kCluster && circle.sees.has_value());
    if (has_table && IsOfHost(circle, flavour, type, name)) {
      resources.push_back({type, name, false, viewers.value});
    }
  }
}

// --- for people -----------------------------------------------------------------------------

std::optional<std::string> Catalog::HiddenProject(const ViewerClass& viewers,
                                                  std::string_view name) const {
  const Circle* circle = viewers.is_limited ? CircleOf(viewers) : nullptr;
  if (circle == nullptr) {
    return std::nullopt;
  }
  const std::string_view service = WithoutPort(name);
  if (const auto named = ServiceOf(service)) {
    const bool is_hidden =
        views_.contains(named->name) && !circle->sees->contains(named->name.project);
    return is_hidden ? std::optional(named->name.project) : std::nullopt;
  }
  const auto all = by_short_name_.find(std::string(service));
  if (all == by_short_name_.end() || all->second.empty()) {
    return std::nullopt;
  }
  const bool is_seen = std::ranges::any_of(
      all->second, [&](const ServiceName& one) { return circle->sees->contains(one.project); });
  return is_seen ? std::nullopt : std::optional(all->second.begin()->project);
}

std::string Catalog::WhyNoListener(const ViewerClass& viewers, std::string_view name) const {
  const Circle* circle = CircleOf(viewers);
  const ProjectNames* names = NamesOf(viewers, Flavour::kGrpc);
  const bool is_own = names != nullptr && names->listeners().contains(name);
  const bool is_hosts =
      (circle == nullptr || IsOfHost(*circle, Flavour::kGrpc, ResourceType::kListener, name)) &&
      table(Flavour::kGrpc, ResourceType::kListener).contains(name);
  if (is_own || is_hosts) {
    return "";
  }
  if (const auto project = HiddenProject(viewers, name)) {
    return HiddenText(*project);
  }
  const std::string service(WithoutPort(name));
  const auto shared = by_short_name_.find(service);
  if (shared != by_short_name_.end()) {
    std::vector<std::string_view> projects;
    for (const ServiceName& sibling : shared->second) {
      if (Sees(viewers, sibling.project)) {
        projects.push_back(sibling.project);
      }
    }
    if (projects.size() > 1) {
      return fmt::format("several projects have it ({}): dial {}.PROJECT",
                         fmt::join(projects, ", "), service);
    }
  }
  const auto named = ServiceOf(service);
  const bool exists = named ? views_.contains(named->name) : shared != by_short_name_.end();
  return exists ? "the service has another port" : "no such service";
}

std::string Catalog::WhyNoEndpoints(const ViewerClass& viewers, Flavour flavour,
                                    std::string_view name) const {
  if (const auto project = HiddenProject(viewers, name)) {
    return HiddenText(*project);
  }
  const bool is_for_tls = SecurityOf(flavour) == Security::kTls;
  if (is_for_tls || !endpoints_.HasOnlyOthers(name)) {
    return "";
  }
  return "it speaks TLS only, and this client's bootstrap has none "
         "(fairlead bootstrap --tls-dir DIRECTORY)";
}

}  // namespace fairlead::xds
