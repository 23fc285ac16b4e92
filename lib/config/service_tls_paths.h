// Where the files of the daemon's own certificate authority lie, for who writes and who reads them.
//
// Threads: any; pure.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "spec/names.h"

namespace fairlead::config {

// One certificate, as a Secret of type kubernetes.io/tls has it. All three are reached by one
// symlink (`..data`) that changes at once, so who reads them one after the other looks at it first,
// or again when they do not fit (tls/live_profile.h does).
struct ServiceTlsFiles {
  std::string cert;  // .../tls.crt: the certificate and what is between it and a root
  std::string key;   // .../tls.key
  std::string ca;    // .../ca.crt: the roots to believe
};

// /run/fairlead/certs/PROJECT/SERVICE: what a service's containers mount.
std::string ServiceTlsDirectory(const Config& config, const ServiceName& name);
ServiceTlsFiles ServiceTlsPaths(const Config& config, const ServiceName& name);

// The daemon's own, for its checks of services (spec::CheckerSpiffeId): in a directory that only it
// may enter. A project's name has no dot, so none is in the way.
std::string CheckerTlsDirectory(const Config& config);
ServiceTlsFiles CheckerTlsPaths(const Config& config);

// The roots to believe for callers without a certificate of their own: ca.crt beside the first unix
// socket of discovery, in the directory that clients mount anyway. Nothing when there is none.
std::optional<std::string> TrustBundlePath(const Config& config);

}  // namespace fairlead::config
