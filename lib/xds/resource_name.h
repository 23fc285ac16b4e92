// The names of a service's cluster, endpoints and route, and back.
//
// What is spoken over TLS has names of its own: "user-service.shop" and "user-service.shop+tls". No
// service or project has a plus in its name. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spec/names.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

std::string ResourceName(const ServiceName& service, Security security = Security::kPlaintext);

struct NamedService {
  ServiceName name;
  Security security = Security::kPlaintext;
};
// Nothing for what is no such name. Whether there is such a service is not looked at.
std::optional<NamedService> ServiceOf(std::string_view resource);

// "user-service.shop" of both: what people and load reports call the service.
std::string_view WithoutSecurity(std::string_view resource);

}  // namespace fairlead::xds
