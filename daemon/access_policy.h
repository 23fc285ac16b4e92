// The roles of the operators' API as the configuration gives them.
#pragma once

#include "access/policy.h"
#include "config/config.h"

namespace fairlead::daemon {

access::Policy AccessOf(const config::AccessConfig& config);

// Whether any rule is about certificates; without one, who shows a certificate may nothing.
bool NamesACertificate(const access::Policy& policy);

}  // namespace fairlead::daemon
