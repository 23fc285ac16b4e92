// The place a container asks for: project and service, port and network.
//
// Each function reports what is wrong through the reader; a refusal makes the container unmanaged.
#pragma once

#include <cstdint>
#include <string>

#include "spec/compose_labels.h"
#include "spec/container_facts.h"
#include "spec/label_reader.h"
#include "spec/names.h"
#include "spec/read_labels.h"

namespace fairlead::spec {

// Compose: the Compose service of the Compose project unless labelled; another project only as the
// policy allows. Outside: fairlead.service, in fairlead.project or `default`.
ServiceName ReadName(const ComposeIdentity& compose, const HostPolicy& policy, LabelReader& reader);

// The name of a container that is repaired but belongs to no service, so it needs no valid one:
// Compose's words, else the container's name, each made valid.
ServiceName NameWithoutService(const ComposeIdentity& compose, const ContainerFacts& facts);

// The project that a client in this container belongs to, managed or not: the Compose project, of
// one-offs too, unless a label says another that the policy allows; outside Compose the label, else
// the host's default, else `default`. Empty when Compose's word can be no name in discovery.
std::string ClientProject(const ContainerFacts& facts, const HostPolicy& policy);

// fairlead.port, the host's default, else the single exposed TCP port; 0 (and refused) if neither
// says.
std::uint16_t ReadPort(const ContainerFacts& facts, LabelReader& reader);

// fairlead.network as the engine calls it (`backend` -> `shop_backend` on a Compose container);
// empty = any.
std::string ReadNetwork(const ContainerFacts& facts, const ComposeIdentity& compose,
                        LabelReader& reader);

}  // namespace fairlead::spec
