#include "controller/client_place.h"

#include <utility>

#include "fleet/endpoint.h"
#include "spec/naming.h"

namespace fairlead::controller {

xds::ClientPlace PlaceOf(const ContainerFacts& client, const ContainerFacts* owner,
                         const spec::HostPolicy& policy) {
  xds::ClientPlace place;
  place.container = client.id.value;
  place.project = spec::ClientProject(client, policy);
  const bool is_sharing = fleet::NamespaceOwner(client).has_value();
  if (is_sharing && owner == nullptr) {
    place.doubt = "the engine does not know the container whose network it shares";
    return place;
  }
  const ContainerFacts& attached = is_sharing ? *owner : client;
  if (attached.network_mode == "host") {
    return place;
  }
  std::set<std::string> network_ids;
  for (const NetworkAddress& network : attached.networks) {
    if (!network.network_id.empty()) network_ids.insert(network.network_id);
  }
  place.viewer.network_ids = std::move(network_ids);
  return place;
}

}  // namespace fairlead::controller
