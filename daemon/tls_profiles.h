// The config's TLS profiles as those who use them know them. Pure.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "tls/profile.h"
#include "xds/bootstrap.h"

namespace fairlead::daemon {

tls::Profile ProfileOf(const std::string& name, const config::TlsProfile& profile);

// Of tls_profiles, by name; nothing for an empty name.
std::optional<tls::Profile> ProfileNamed(const config::Config& config, const std::string& name);

// What a client of discovery needs to speak to its TCP addresses; nothing when they have no TLS.
std::optional<xds::BootstrapTls> ClientTlsOf(const config::Config& config);

}  // namespace fairlead::daemon
