// Who the part of the daemon that talks to the network is: a user with no rights, where root has
// started it.
//
// Why: whoever takes it over one day shall own nothing on the host: no file of root's, no port of
// others, no process.
// Threads: one; after the other processes have begun, and before anything of the app.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

// Where the host has no user `fairlead`. Of the few numbers that no system hands out (systemd keeps
// 61184 to 65519 for itself, 65534 is nobody), and not distroless' 65532: a client that mounts our
// directory must not be its owner.
inline constexpr uid_t kNetworkUser = 65530;

// The number behind a config's `user`. kNotFound: this host has no such user.
Result<uid_t> NumberOfUser(const std::string& user);

// Hands over what the user has to write (hand_over.h) and becomes it, with all capabilities, which
// GiveUpRights() then takes away. Started by somebody else than root it does nothing. Where it
// cannot be done, what the config asks for is an error, and the default a warning: then all stays
// root's.
Result<> BecomeNetworkUser(const config::Config& config, telemetry::Logger& log);

}  // namespace fairlead::daemon
