// What the API needs of the configuration in force, of its certificates and of the log.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/certificate_messages.h"
#include "base/result.h"
#include "config/in_force.h"
#include "telemetry/log.h"

namespace fairlead::admin {

// Called on gRPC's threads; each may be empty (kUnimplemented then).
struct SettingsSource {
  std::function<std::vector<config::KeyInForce>()> in_force = {};
  // Returns the level before. `actor`: who asks, as records say it: "uid 0".
  std::function<telemetry::Level(telemetry::Level level, const std::string& actor)> set_level = {};
  // In the order in which they are told.
  std::function<std::vector<CertificateInUse>()> certificates = {};
};

}  // namespace fairlead::admin
