// EngineClientLocator: finds out in which container a client of discovery runs, and follows it.
//
// Why: clients carry no label, so the observer knows nothing of them. A unix peer's process names
// its container (cgroup); a TCP peer's address belongs to one of the running containers. From there
// on inspect is the truth, and events are hints, as everywhere.
// Limits: no more inspects in flight than the observer has; one list per retry_interval; what is
// known of a container is dropped with its last client. Bounded by discovery's streams.
// Threads: Watch, Unwatch from any thread; the rest on the engine loop, which must not run any
// more, or have seen Stop(), when this is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "controller/event_digest.h"
#include "docker/engine.h"
#include "spec/read_labels.h"
#include "xds/client_locator.h"

namespace fairlead::controller {

// Clients' containers asked about at once, beside what the observer asks: a thousand clients that
// come at the same moment must not stand in the way of the replicas.
inline constexpr std::size_t kLocatesInFlightMax = 4;

struct ClientLocatorOptions {
  spec::HostPolicy policy;  // whose projects a label may claim
  ContainerId self;         // our own container: its processes count as the host's
  // After an error of the engine, and between two lists: within discovery's patience of 2 s an
  // address that no container has is looked for twice (the engine may list a start late).
  Duration retry_interval = std::chrono::milliseconds(500);
  // Everything anew, in case an event was lost. Twice the observer's interval: what is at stake is
  // a client that misses a network, not a caller of a dead replica.
  Duration sweep_interval = std::chrono::seconds(60);
  // The text of /proc/<pid>/cgroup, and the host's own addresses; from the kernel unless tests say
  // otherwise.
  std::function<Result<std::string>(std::int32_t pid)> read_cgroup;
  std::function<std::set<std::string>()> host_addresses;
};

class EngineClientLocator final : public xds::ClientLocator {
 public:
  EngineClientLocator(boost::asio::io_context& loop, docker::Engine& engine,
                      ClientLocatorOptions options);
  ~EngineClientLocator() override;

  void Watch(xds::ClientWatch watch, xds::ClientOrigin origin, Tell tell) override;
  void Unwatch(xds::ClientWatch watch) override;

  // On the loop. Something may have changed about a container or its networks.
  void OnEvents(const Digest& digest);
  // On the loop. Nothing is asked any more.
  void Stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::controller
