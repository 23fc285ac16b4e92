#include "xds/endpoint_tables.h"

#include <algorithm>

#include "xds/service_resources.h"
#include "xds/transport_security.h"

namespace fairlead::xds {
namespace {

const NetworkClass kHost{kHostClass};

bool LosesAnAddress(const std::vector<WeighedAddress>& before,
                    const std::vector<WeighedAddress>& after) {
  return !std::ranges::all_of(before, [&](const WeighedAddress& old) {
    return std::ranges::any_of(
        after, [&](const WeighedAddress& now) { return now.address == old.address; });
  });
}

}  // namespace

EndpointTables::EndpointTables() {
  classes_.emplace(kHost, Class{});
  by_viewer_.emplace(Viewer{}, kHost);
}

NetworkClass EndpointTables::Enter(const Viewer& viewer) {
  const auto [known, is_new] = by_viewer_.try_emplace(viewer, NetworkClass(last_class_ + 1));
  if (is_new) {
    ++last_class_;
    classes_.emplace(known->second, Class{.viewer = viewer});
  }
  ++classes_.at(known->second).users;
  return known->second;
}

bool EndpointTables::Leave(NetworkClass viewers) {
  const auto found = classes_.find(viewers);
  if (found == classes_.end() || --found->second.users > 0 || viewers == kHost) {
    return false;
  }
  by_viewer_.erase(found->second.viewer);
  classes_.erase(found);
  for (auto& [name, service] : services_) {
    service.entries.erase(viewers);
  }
  return true;
}

EndpointTables::Update EndpointTables::Put(const fleet::ServiceViewPtr& view, Security security) {
  const auto [known, is_new] = services_.try_emplace(ResourceName(view->name, security));
  Service& service = known->second;
  service.name = known->first;
  service.project = view->name.project;
  service.security = security;
  service.view = view;
  Update update = Remake(service);
  if (!is_new) {
    return update;
  }
  // Whoever asked before it existed has read nothing and waits for it.
  for (const auto& [viewers, one] : classes_) {
    if (viewers != kHost && one.viewer.Sees(view->name.project)) {
      update.changed.push_back({viewers, false});
    }
  }
  return update;
}

EndpointTables::Update EndpointTables::Drop(const ServiceName& name, Security security) {
  const auto found = services_.find(ResourceName(name, security));
  if (found == services_.end()) {
    return {};
  }
  found->second.view = nullptr;
  Update update = Remake(found->second);
  for (Update::Changed& changed : update.changed) {
    changed.is_urgent = true;
  }
  return update;
}

std::vector<NetworkClass> EndpointTables::Erase(const ServiceName& name, Security security) {
  std::vector<NetworkClass> readers;
  const auto found = services_.find(ResourceName(name, security));
  if (found != services_.end()) {
    for (const auto& [viewers, entry] : found->second.entries) {
      readers.push_back(viewers);
    }
    services_.erase(found);
  }
  return readers;
}

std::vector<WeighedAddress> EndpointTables::ReachableIn(const Service& service,
                                                        const Viewer& viewer) {
  return service.view ? Reachable(viewer, *service.view, service.security)
                      : std::vector<WeighedAddress>();
}

EndpointTables::Update EndpointTables::Remake(Service& service) {
  Update update;
  service.entries.try_emplace(kHost);
  std::vector<const Entry*> made;
  for (auto& [viewers, entry] : service.entries) {
    std::vector<WeighedAddress> reachable = ReachableIn(service, classes_.at(viewers).viewer);
    if (entry.resource && reachable == entry.reachable) {
      update.unchanged.push_back(viewers);
    } else {
      update.changed.push_back({viewers, LosesAnAddress(entry.reachable, reachable)});
      const auto same = std::ranges::find_if(
          made, [&](const Entry* other) { return other->reachable == reachable; });
      entry.resource =
          same != made.end() ? (*same)->resource : MakeEndpoints(service.name, reachable);
      entry.reachable = std::move(reachable);
    }
    made.push_back(&entry);
  }
  return update;
}

ResourcePtr EndpointTables::Find(NetworkClass viewers, std::string_view name) {
  const auto found = services_.find(name);
  const auto known = classes_.find(viewers);
  if (found == services_.end() || known == classes_.end() ||
      !known->second.viewer.Sees(found->second.project)) {
    return nullptr;
  }
  Service& service = found->second;
  const auto [entry, is_new] = service.entries.try_emplace(viewers);
  if (is_new) {
    Entry& made = entry->second;
    made.reachable = ReachableIn(service, known->second.viewer);
    const auto same = std::ranges::find_if(service.entries, [&](const auto& other) {
      return other.second.resource && other.second.reachable == made.reachable;
    });
    made.resource = same != service.entries.end() ? same->second.resource
                                                  : MakeEndpoints(service.name, made.reachable);
  }
  return entry->second.resource;
}

std::uint64_t EndpointTables::Revision(std::string_view name) const {
  const auto found = services_.find(name);
  return found == services_.end() || !found->second.view ? 0 : found->second.view->revision;
}

bool EndpointTables::HasOnlyOthers(std::string_view name) const {
  const auto found = services_.find(name);
  if (found == services_.end() || !found->second.view) {
    return false;
  }
  const Service& service = found->second;
  return !service.view->endpoints.empty() &&
         std::ranges::none_of(service.view->endpoints, [&](const fleet::Endpoint& endpoint) {
           return Speaks(endpoint, service.security);
         });
}

std::vector<std::string> EndpointTables::LeftOut(NetworkClass viewers,
                                                 std::string_view name) const {
  const auto found = services_.find(name);
  const auto known = classes_.find(viewers);
  if (found == services_.end() || known == classes_.end() || !found->second.view ||
      !known->second.viewer.Sees(found->second.project)) {
    return {};
  }
  return xds::LeftOut(known->second.viewer, *found->second.view, found->second.security);
}

}  // namespace fairlead::xds
