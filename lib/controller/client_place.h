// From where a client in a container looks: its networks and its project, from what the engine
// says. Pure.
#pragma once

#include "spec/container_facts.h"
#include "spec/read_labels.h"
#include "xds/client_locator.h"

namespace fairlead::controller {

// `owner`: the facts of the container whose network namespace this one shares
// (fleet::NamespaceOwner), when there is one and it is known; else null.
xds::ClientPlace PlaceOf(const ContainerFacts& client, const ContainerFacts* owner,
                         const spec::HostPolicy& policy);

}  // namespace fairlead::controller
