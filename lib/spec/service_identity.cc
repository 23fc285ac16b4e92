#include "spec/service_identity.h"

#include <fmt/format.h>

namespace fairlead::spec {

std::vector<std::string> IdentityDnsNames(const ServiceName& name) {
  return {name.service, name.Text()};
}

std::string SpiffeId(std::string_view trust_domain, const ServiceName& name) {
  return fmt::format("spiffe://{}/{}/{}", trust_domain, name.project, name.service);
}

std::string CheckerSpiffeId(std::string_view trust_domain) {
  return fmt::format("spiffe://{}/checker", trust_domain);
}

}  // namespace fairlead::spec
