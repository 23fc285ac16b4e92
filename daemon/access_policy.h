// The roles of the operators' API, and what clients of discovery see, as the configuration gives
// them.
#pragma once

#include <cstdint>
#include <string>

#include "access/policy.h"
#include "config/config.h"
#include "xds/admission.h"

namespace fairlead::daemon {

// `own_uid`: of who has started the daemon, whoever it has become since.
access::Policy AccessOf(const config::AccessConfig& config, std::uint32_t own_uid);

// `trust_domain`: of the certificates that we write for services.
xds::ProjectsOf SeenBy(const config::AccessConfig& config, std::string trust_domain);

// Whether any rule is about certificates; without one, who shows a certificate may nothing.
bool NamesACertificate(const access::Policy& policy);

}  // namespace fairlead::daemon
