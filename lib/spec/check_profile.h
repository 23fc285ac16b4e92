// CheckProfile: what HealthSpec::tls_profile says: with which files a server is asked over TLS, and
// whom it has to be.
//
// "corp": a profile of the host's, chosen by fairlead.health.tls. "corp@user-service.shop": the one
// of fairlead.tls=files:corp, in whose place stands the service's name where the profile has none.
// "(auto)@user-service.shop": the daemon's own certificate for its checks, of fairlead.tls=auto.
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>

#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

// In place of a profile's name; no profile can be called so.
inline constexpr std::string_view kAutoProfile = "(auto)";

struct CheckProfile {
  std::string_view profile;      // empty: plaintext
  std::string_view server_name;  // expected unless the profile has one; empty: the address asked
};

// Views into `text`.
CheckProfile ReadCheckProfile(std::string_view text);

// How a service is asked that speaks TLS as its labels say. REQUIRES: tls.is_on().
std::string CheckProfileOf(const TlsSpec& tls, const ServiceName& service);

}  // namespace fairlead::spec
