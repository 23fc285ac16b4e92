// Publisher: how the controller hands views to discovery, and hears who has adopted them.
//
// Threads: Publish and OpenGate may be called from any thread, in an order that is kept. The sink
// is called on the discovery loop and must only hand the value on.
#pragma once

#include <cstdint>
#include <vector>

#include "fleet/view.h"
#include "spec/names.h"

namespace fairlead::xds {

class AdoptionSink {
 public:
  virtual ~AdoptionSink() = default;
  // Every client known to use `service` has acknowledged `revision` or later; also sent when
  // nobody uses it. Clients known: subscribed now, or seen within 10 minutes and still running.
  virtual void OnAdopted(const ServiceName& service, std::uint64_t revision) = 0;
};

class Publisher {
 public:
  virtual ~Publisher() = default;
  // Latest wins: views replace earlier views of the same service. A dropped service loses its
  // listener, route and cluster.
  virtual void Publish(std::vector<fleet::ServiceViewPtr> changed,
                       std::vector<ServiceName> dropped) = 0;
  // The daemon is serving: from now on streams are answered. Before, requests are held.
  virtual void OpenGate() = 0;
};

}  // namespace fairlead::xds
