#include "nameserver/zone.h"

#include <arpa/inet.h>

#include <algorithm>

namespace fairlead::nameserver {

namespace {

using Kind = Found::Kind;

}  // namespace

void Zone::Put(const fleet::ServiceViewPtr& view) {
  fleet::ServiceViewPtr& known = views_[view->name];
  if (known && known->revision > view->revision) return;
  known = view;
  projects_of_[view->name.service].insert(view->name.project);
  ++serial_;
}

void Zone::Drop(const ServiceName& service) {
  if (views_.erase(service) == 0) return;
  std::set<std::string>& projects = projects_of_[service.service];
  projects.erase(service.project);
  if (projects.empty()) projects_of_.erase(service.service);
  ++serial_;
}

fleet::ServiceViewPtr Zone::ServiceOf(Labels labels, const Asker& asker) const {
  const auto find = [&](const std::string& project) {
    const auto found = views_.find({.project = project, .service = labels[0]});
    return found == views_.end() ? nullptr : found->second;
  };
  if (labels.size() == 2) return find(labels[1]);
  if (labels.size() != 1) return nullptr;
  // As discovery's short names: the asker's own project, or the only one that has it.
  if (!asker.project.empty()) {
    if (auto own = find(asker.project)) return own;
  }
  const auto projects = projects_of_.find(labels[0]);
  if (projects == projects_of_.end() || projects->second.size() != 1) return nullptr;
  return find(*projects->second.begin());
}

bool Zone::IsProject(const std::string& label) const {
  const auto first = views_.lower_bound({.project = label, .service = ""});
  return first != views_.end() && first->first.project == label;
}

Found Zone::Find(const dns::Name& name, const Asker& asker) const {
  const std::optional<dns::Name> below = dns::Below(name, origin_);
  if (!below) return {};
  const dns::Name own = dns::LowerCase(*below);
  const Labels labels = own;
  if (labels.empty()) return {.kind = Kind::kOrigin};
  if (auto view = ServiceOf(labels, asker))
    return {.kind = Kind::kService, .view = std::move(view)};
  if (labels[0] == "_tcp" && ServiceOf(labels.subspan(1), asker)) return {.kind = Kind::kNothing};
  if (labels.size() > 2 && labels[0] == "_grpc" && labels[1] == "_tcp") {
    if (auto view = ServiceOf(labels.subspan(2), asker))
      return {.kind = Kind::kPorts, .view = std::move(view)};
  }
  if (labels.size() == 1 && IsProject(labels[0])) return {.kind = Kind::kNothing};
  if (labels.size() == 3) {
    const auto view = ServiceOf(labels.subspan(1), asker);
    for (const xds::WeighedAddress& replica :
         view ? xds::Reachable(asker.viewer, *view) : std::vector<xds::WeighedAddress>()) {
      if (AddressLabel(AddressBytes(replica.address.ip)) == labels[0])
        return {.kind = Kind::kReplica, .view = view, .ip = replica.address.ip};
    }
  }
  return {.kind = Kind::kNoSuchName};
}

std::vector<std::byte> AddressBytes(const std::string& ip) {
  for (const auto& [family, size] : {std::pair(AF_INET, 4), std::pair(AF_INET6, 16)}) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    if (inet_pton(family, ip.c_str(), bytes.data()) == 1) return bytes;
  }
  return {};
}

std::string AddressLabel(std::span<const std::byte> address) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string label;
  for (const std::byte byte : address) {
    label += kDigits[static_cast<std::size_t>(byte) >> 4];
    label += kDigits[static_cast<std::size_t>(byte) & 0xF];
  }
  return label;
}

}  // namespace fairlead::nameserver
