// TrustBundles: tells discovery whom Envoys have to trust, and tells it again when that changes.
//
// Why: an Envoy gets the authorities of services over discovery (SDS), so that a new root reaches
// it without a new file. They are those of the host's tls_profiles, and of the daemon's own
// certificate authority.
// Threads: the loop that is given, constructor and destructor as well.
#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "runtime/event_loop.h"
#include "xds/server.h"

namespace fairlead::daemon {

class TrustBundles {
 public:
  // `discovery` outlives this.
  TrustBundles(runtime::EventLoop& loop, const config::Config& config,
               xds::DiscoveryServer& discovery);

 private:
  void Look();

  xds::DiscoveryServer& discovery_;
  std::map<std::string, std::string> files_;  // by name of the secret
  std::map<std::string, std::string> told_;   // what they held
  runtime::LoopTimer timer_;
};

}  // namespace fairlead::daemon
