#include "xds/adopted_services.h"

#include <algorithm>

namespace fairlead::xds {

ServiceName AdoptionKey(const NamedService& resource) {
  const std::string text = ResourceName(resource.name, resource.security);
  return {.project = text.substr(resource.name.service.size() + 1),
          .service = resource.name.service};
}

void AdoptedServices::Published(const ServiceName& service, Security security) {
  std::optional<std::uint64_t>& adopted = services_[service].adopted[Index(security)];
  if (!adopted) adopted = 0;
}

std::optional<std::pair<ServiceName, std::uint64_t>> AdoptedServices::Take(const ServiceName& key,
                                                                           std::uint64_t revision) {
  const std::optional<NamedService> resource = ServiceOf(key.Text());
  const auto found = resource ? services_.find(resource->name) : services_.end();
  if (found == services_.end()) return std::nullopt;
  Service& service = found->second;
  service.adopted[Index(resource->security)] = revision;
  std::uint64_t least = revision;
  for (const std::optional<std::uint64_t>& adopted : service.adopted) {
    least = std::min(least, adopted.value_or(least));
  }
  if (least <= service.told) return std::nullopt;
  service.told = least;
  return std::pair(resource->name, least);
}

}  // namespace fairlead::xds
