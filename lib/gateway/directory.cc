#include "gateway/directory.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace fairlead::gateway {
namespace {

using Look = ServiceRoster::Look;

std::string NameOf(std::string_view host) {
  std::string name(host.substr(0, host.find(':')));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

bool AnswersUnder(const spec::GatewaySpec& gateway, std::string_view host) {
  static const http::HostGate kNoNames({});
  if (gateway.hosts.empty()) return kNoNames.Admits(host);
  return std::ranges::find(gateway.hosts, NameOf(host)) != gateway.hosts.end();
}

// The path without the prefix; nothing where it does not begin with it.
std::optional<std::string_view> Without(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  return path.starts_with('/') ? std::optional(path) : std::nullopt;
}

}  // namespace

bool Directory::Take(const ServiceNow& now) {
  if (!now.traffic.gateway.is_on) {
    Drop(now.name);
    return false;
  }
  Service& service = services_[now.name];
  service.name = now.name;
  service.traffic = now.traffic;
  service.roster.Take(now.replicas);
  return true;
}

Directory::Service* Directory::Find(const ServiceName& name) {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : &found->second;
}

std::vector<ServiceName> Directory::DescribedBy(std::string_view descriptor) const {
  std::vector<ServiceName> names;
  for (const auto& [name, service] : services_) {
    if (service.traffic.gateway.descriptor == descriptor) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Directory::ReplicasAt(const Address& address) const {
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) {
    const std::vector<std::string> some = service.roster.ReplicasAt(address);
    names.insert(names.end(), some.begin(), some.end());
  }
  return names;
}

Directory::Service* Directory::FindNamed(std::string_view text, std::string_view host) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return nullptr;
  Service* service = Find(
      {.project = std::string(text.substr(dot + 1)), .service = std::string(text.substr(0, dot))});
  const bool is_told = service != nullptr && AnswersUnder(service->traffic.gateway, host);
  return is_told ? service : nullptr;
}

Directory::Found Directory::Find(const Asked& asked) {
  Found best;
  std::vector<Service*> candidates;
  for (auto& [name, service] : services_) {
    if (AnswersUnder(service.traffic.gateway, asked.host)) candidates.push_back(&service);
  }
  best.is_known_host = !candidates.empty();
  std::ranges::stable_sort(candidates, [](const Service* a, const Service* b) {
    const auto rank = [](const Service* service) {
      const spec::GatewaySpec& gateway = service->traffic.gateway;
      return std::tuple(gateway.prefix.size(), !gateway.hosts.empty());
    };
    return rank(a) > rank(b);
  });
  for (Service* service : candidates) {
    const auto path = Without(service->traffic.gateway.prefix, asked.path);
    if (!path) continue;
    ServiceRoster::Found in = service->roster.Find(asked.verb, *path);
    if (in.look >= best.in.look) continue;
    best.in = std::move(in);
    best.service = service;
    if (best.in.look == Look::kFound) break;
  }
  return best;
}

Directory::FoundMethod Directory::FindMethod(const AskedMethod& asked) {
  FoundMethod best;
  bool is_named = false;  // `best` is of services that name their hosts
  for (auto& [name, service] : services_) {
    const spec::GatewaySpec& gateway = service.traffic.gateway;
    if (!AnswersUnder(gateway, asked.host)) continue;
    best.found.is_known_host = true;
    if (is_named && gateway.hosts.empty()) continue;
    ServiceRoster::Found in = service.roster.FindMethod(asked.service, asked.method);
    if (in.look == Look::kNone) continue;
    if (in.look == Look::kUnreachable) {
      // It may have it, and stands in the way of nobody who does.
      if (in.look < best.found.in.look) best.found = {&service, std::move(in), true};
      continue;
    }
    if (!is_named && !gateway.hosts.empty()) best = {.found = {.is_known_host = true}};
    is_named = !gateway.hosts.empty();
    // Also one that has nobody to ask right now: its calls are not for others.
    if (in.look != Look::kUndescribed) best.rivals.push_back(name);
    if (best.found.service != nullptr && in.look >= best.found.in.look) continue;
    best.found.service = &service;
    best.found.in = std::move(in);
  }
  if (best.rivals.size() < 2) best.rivals.clear();
  return best;
}

Directory::Described Directory::DescribedUnder(std::string_view host) const {
  Described described;
  auto& sets = described.sets;
  for (const auto& [name, service] : services_) {
    if (!AnswersUnder(service.traffic.gateway, host)) continue;
    described.is_whole = described.is_whole && !service.roster.WillSay();
    for (const ServiceRoster::Group& group : service.roster.groups()) {
      if (std::ranges::find(sets, group.set) == sets.end()) sets.push_back(group.set);
    }
  }
  return described;
}

}  // namespace fairlead::gateway
