// Who a service is in certificates: the names that callers expect of its servers.
//
// Why here: whoever writes certificates, whoever tells callers what to expect of them and whoever
// checks servers must say the same, and none of them knows the others.
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/names.h"

namespace fairlead::spec {

// "user-service", "user-service.shop": what clients dial, the short name first.
std::vector<std::string> IdentityDnsNames(const ServiceName& name);

// "spiffe://fairlead.internal/shop/user-service". `trust_domain` as config's
// service_tls.trust_domain allows it. A service's always has two parts after the domain.
std::string SpiffeId(std::string_view trust_domain, const ServiceName& name);

// "spiffe://fairlead.internal/checker": the daemon itself, where it asks services how they are. One
// part after the domain, so that no service, whatever it and its project are called, can be it.
std::string CheckerSpiffeId(std::string_view trust_domain);

}  // namespace fairlead::spec
