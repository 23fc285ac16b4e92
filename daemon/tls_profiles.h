// The config's TLS profiles as those who use them know them. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "tls/profile.h"
#include "xds/bootstrap.h"
#include "xds/transport_security.h"

namespace fairlead::daemon {

// Where client containers have their own tls.crt and tls.key as a rule: Compose's secrets and
// Kubernetes' Secrets are mounted into a folder under names of one's choice, and these are the
// usual ones.
inline constexpr const char* kClientCerts = "/certs";

tls::Profile ProfileOf(const std::string& name, const config::TlsProfile& profile);

// Of tls_profiles, by name; nothing for an empty name.
std::optional<tls::Profile> ProfileNamed(const config::Config& config, const std::string& name);

// All that checks may name: tls_profiles, and the daemon's own certificate (spec::kAutoProfile).
std::vector<tls::Profile> CheckProfiles(const config::Config& config);

// Whom callers are to expect of services with fairlead.tls.
xds::TlsExpectations ExpectationsOf(const config::Config& config);

// What a client of discovery needs to speak to its TCP addresses; nothing when they have no TLS.
std::optional<xds::BootstrapTls> ClientTlsOf(const config::Config& config);

}  // namespace fairlead::daemon
