// What people call a replica.
#pragma once

#include <string>

#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

// "user-service.shop/2": the Compose container number, outside Compose the id's first 6 digits. Of
// a Compose service that is called otherwise, "user-service.shop/spare-2": several of them may
// serve as one (fairlead.service), and each has a number 2, which is no other's place. While a
// recreate has two containers of one number, the core marks the newer one "~".
std::string ReplicaName(const ServiceSpec& spec, const ContainerId& id);

}  // namespace fairlead::spec
