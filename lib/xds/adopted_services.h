// AdoptedServices: what is adopted of a service whose endpoints are two resources, in plaintext and
// over TLS: what is adopted of both.
//
// Why: a client that has moved from one to the other may still have calls on the first, so a
// replica is out of use when no user of either has it. AdoptionTracker follows each by itself.
// Pure; lives on the discovery loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "spec/names.h"
#include "xds/resource_name.h"

namespace fairlead::xds {

// What AdoptionTracker calls one of the resources.
ServiceName AdoptionKey(const NamedService& resource);

class AdoptedServices {
 public:
  // The service has such endpoints from now on.
  void Published(const ServiceName& service, Security security);
  void Dropped(const ServiceName& service) { services_.erase(service); }
  // The tracker reports `key`. Returns the service when more of it is adopted than before.
  std::optional<std::pair<ServiceName, std::uint64_t>> Take(const ServiceName& key,
                                                            std::uint64_t revision);

 private:
  struct Service {
    PerSecurity<std::optional<std::uint64_t>> adopted;  // nothing: it has no such endpoints
    std::uint64_t told = 0;
  };
  std::map<ServiceName, Service> services_;
};

}  // namespace fairlead::xds
