#include "xds/resource_name.h"

namespace fairlead::xds {
namespace {

constexpr std::string_view kTlsSuffix = "+tls";

}  // namespace

std::string ResourceName(const ServiceName& service, Security security) {
  std::string name = service.Text();
  if (security == Security::kTls) name += kTlsSuffix;
  return name;
}

std::string_view WithoutSecurity(std::string_view resource) {
  if (resource.ends_with(kTlsSuffix)) resource.remove_suffix(kTlsSuffix.size());
  return resource;
}

std::optional<NamedService> ServiceOf(std::string_view resource) {
  const std::string_view name = WithoutSecurity(resource);
  const std::size_t dot = name.find('.');  // service names hold no dot, projects may
  if (dot == std::string_view::npos) return std::nullopt;
  return NamedService{
      .name = {.project = std::string(name.substr(dot + 1)),
               .service = std::string(name.substr(0, dot))},
      .security = name.size() == resource.size() ? Security::kPlaintext : Security::kTls};
}

}  // namespace fairlead::xds
