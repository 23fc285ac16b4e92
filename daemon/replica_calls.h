// How the gateway reaches replicas: what it is told of a service, and the transports to those that
// speak TLS.
//
// Why here: whom a caller has to expect is discovery's to say, TLS is lib/h2's to speak, and the
// gateway knows neither. What it shows replicas, and whom it believes, is what checks show and
// believe: a replica that they find well can be called.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fleet/view.h"
#include "gateway/service_now.h"
#include "h2/transport.h"
#include "tls/live_profile.h"
#include "tls/profile.h"
#include "xds/transport_security.h"

namespace fairlead::daemon {

// A service as a caller on this host calls it (xds/callable.h). Any thread; pure.
gateway::ServiceNow ServiceNowOf(const fleet::ServiceView& view,
                                 const xds::TlsExpectations& expectations);

// Threads: the gateway's loop.
class ReplicaTransports {
 public:
  // Nothing is read before the first connection: the files' own troubles are told by the checks.
  explicit ReplicaTransports(const std::vector<tls::Profile>& profiles);

  // Each connection is made with the profile's files as they are then, and with a session of an
  // earlier one to the same replica.
  h2::TransportMaker For(const gateway::ReplicaTls& tls) const;

 private:
  std::map<std::string, std::shared_ptr<tls::LiveProfile>> profiles_;
};

}  // namespace fairlead::daemon
