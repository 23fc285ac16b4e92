#include "call_loads.h"

#include <set>
#include <string>
#include <vector>

#include "xds/viewer.h"

namespace fairlead::daemon {
namespace {

// Under which addresses clients may know the replica.
std::vector<std::string> AddressesOf(const fleet::ReplicaExplanation& one) {
  std::set<std::string> addresses;
  if (one.endpoint) addresses = xds::AddressesOf(*one.endpoint);
  addresses.insert(one.report.address);
  addresses.erase("");
  return {addresses.begin(), addresses.end()};
}

}  // namespace

admin::ServiceLoads LoadsByService(const xds::DiscoveryServer& discovery) {
  admin::ServiceLoads loads;
  for (const auto& [service, total] : discovery.loads().services) {
    if (total.clients > 0) loads.emplace(service, total.Now());
  }
  return loads;
}

void AddLoads(const xds::DiscoveryServer& discovery, fleet::Explanation& explanation) {
  const std::string service = explanation.service.name.Text();
  const auto& services = discovery.loads().services;
  const auto total = services.find(service);
  if (total == services.end() || total->second.clients == 0) return;
  explanation.load = total->second.Now();
  if (explanation.replicas.size() != 1) return;
  fleet::ReplicaExplanation& one = explanation.replicas.front();
  const spec::CallLoad load = discovery.LoadAt(service, AddressesOf(one));
  if (load.clients > 0) one.load = load;
}

}  // namespace fairlead::daemon
