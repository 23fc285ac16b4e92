// DnsPlane: the name server beside discovery and the files of lists, where the configuration has
// one.
//
// How: views go to it and to the next publisher alike, and a list is adopted when that one has it
// and no answer of ours is left that came from an older one. Threads: as xds::Publisher for what it
// passes on; the rest from main.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "filesink/adoption_join.h"
#include "metrics/meter.h"
#include "nameserver/name_server.h"
#include "runtime/io_thread.h"
#include "telemetry/log.h"
#include "xds/client_locator.h"
#include "xds/publisher.h"

namespace fairlead::daemon {

class DnsPlane final : public xds::Publisher {
 public:
  // All outlive it, or its Stop.
  DnsPlane(config::DnsConfig config, xds::ClientLocator& locator, xds::AdoptionSink& adoption,
           metrics::Meter& meter, telemetry::Logger& log);
  ~DnsPlane() override;

  // What the next publisher tells of adoption.
  xds::AdoptionSink& adoption() { return join_; }
  // Before anything is published.
  void PassOnTo(xds::Publisher& next) { next_ = &next; }
  // Listens wherever the config says, which may be nowhere; or says why not.
  Result<> Start();

  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override;
  void OpenGate() override;

  // Nothing is published any more. Before the locator's loop ends. Idempotent.
  void Stop();

 private:
  nameserver::NameServerTold Told();

  const config::DnsConfig config_;
  xds::ClientLocator& locator_;
  metrics::Meter& meter_;
  telemetry::Logger& log_;
  filesink::AdoptionJoin join_;
  xds::Publisher* next_ = nullptr;
  std::optional<runtime::IoThread> loop_;  // where there is a listener
  std::unique_ptr<nameserver::NameServer> server_;
};

}  // namespace fairlead::daemon
