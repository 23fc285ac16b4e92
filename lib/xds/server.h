// DiscoveryServer: the xDS server, on unix sockets and TCP.
//
// Serves the Stream* and Delta* methods of the aggregated service and of those of listeners,
// routes, clusters and endpoints, and takes load reports (StreamLoadStats); everything else is
// UNIMPLEMENTED and says so. Threads: construct,
// listen and destroy on the loop's own thread (LoopThread::RunAndWait). Publish and OpenGate may be
// called from any thread while the server lives. Limits: SessionLimits per stream, h2::ServerLimits
// per peer, and those below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "h2/limits.h"
#include "h2/server.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"
#include "spec/call_load.h"
#include "xds/admission.h"
#include "xds/catalog.h"
#include "xds/client_locator.h"
#include "xds/client_report.h"
#include "xds/load_ledger.h"
#include "xds/load_report.h"
#include "xds/publisher.h"
#include "xds/session.h"

namespace fairlead::xds {

struct DiscoveryOptions {
  CatalogOptions catalog;
  SessionLimits session;
  LoadLimits load;
  h2::ServerLimits http;
  // Who tells where clients run. None: every client counts as on the host. Outlives the server.
  ClientLocator* locator = nullptr;
  // Which projects a client off the host sees, by the names of its certificate. Empty: none.
  ProjectsOf projects_of = {};
  // Different sets of projects that clients are limited to, at once. For each there are tables and
  // routes of its own, and every change of a service is looked at for each: a client of one more is
  // refused. A rule for each team of a company is some dozens.
  std::size_t viewer_limits_max = 64;
  // How long a stream waits for that before it counts as on the host: far more than an engine
  // needs, far less than the 15 s of silence after which clients give up.
  Duration locate_patience = std::chrono::seconds(2);
  // Clients take 15 s of silence for "does not exist"; an error before that means "try again".
  Duration gate_patience = std::chrono::seconds(10);
  // How long a client that lost its stream counts as using its last list (state model, Adoption).
  Duration remember_clients = std::chrono::minutes(10);
  // A dropped service's cluster outlives its routes by this much: longer than a slow client needs
  // to take the new routes.
  Duration purge_delay = std::chrono::seconds(10);
  // How long callers have to take the cluster of a service that begins to speak TLS before their
  // routes name it: an Envoy asks twice more for it, over one stream.
  Duration tls_lead = std::chrono::seconds(2);
  // How often time-bound work is looked at, while there is some.
  Duration housekeeping_interval = std::chrono::milliseconds(250);
};

// A client has refused a response.
struct RefusedNote {
  std::string client;  // "process 4711 ..." or "node X at 10.0.0.5"
  std::string node;
  std::string user_agent;
  std::string resource_type;  // "clusters"
  std::string version;
  std::string text;  // the client's words
};

// It is known from where a client looks.
struct PlacedNote {
  std::string client;  // empty before its first request
  std::string node;
  ClientPlace place;
  bool is_first = true;    // false: it has changed
  Projects projects = {};  // that it may see; nothing: every one
};

// A client may not see what it wants.
struct DeniedNote {
  std::string client;  // as above
  std::string node;
  std::vector<std::string> names;  // of its certificate
  std::string address;
  DenialReason reason = DenialReason::kIdentity;
  std::string asked;    // of kProject: "user-service.shop"
  std::string project;  // of kProject: whose that is
};

// Called on the discovery loop; must only hand the value on.
class DiscoveryObserver {
 public:
  virtual ~DiscoveryObserver() = default;
  virtual void OnRefused(const RefusedNote& note) = 0;
  virtual void OnPlaced(const PlacedNote& note) = 0;
  virtual void OnDenied(const DeniedNote& /*note*/) {}
  // Somebody at `address` ("127.0.0.1:51234") came to nothing before a first request: TLS says why.
  virtual void OnPeerRefused(const std::string& /*address*/, const std::string& /*why*/) {}
};

class DiscoveryServer final : public Publisher {
 public:
  DiscoveryServer(runtime::EventLoop& loop, DiscoveryOptions options, AdoptionSink& adoption,
                  DiscoveryObserver& observer);
  ~DiscoveryServer() override;

  // Makes the socket (0666) and, where it is missing, its directory (0755): whoever may look into
  // the directory may ask for endpoints.
  Result<> ListenUnix(const std::string& path);
  // Returns the port; 0 asks for any. `transports` may be empty: plaintext.
  Result<std::uint16_t> ListenTcp(const std::string& ip, std::uint16_t port,
                                  h2::TransportMaker transports = {});

  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override;
  void OpenGate() override;
  // Whom Envoys are to trust from now on, under the name of a secret (TrustSecretName). PEM. From
  // any thread.
  void SetTrust(const std::string& secret, const std::string& authorities);

  // Which projects clients off the host see from now on: of those that are connected, too. Who
  // loses something is told that it is gone, and nobody else of anything. From any thread.
  void SetProjects(ProjectsOf projects_of);

  // The streams as they are now, in the order in which they came. On the loop's thread, which does
  // nothing else meanwhile: who asks while thousands are connected asks for few at a time. Among
  // them, for 10 minutes, those that were ended because their clients may see nothing.
  std::vector<ClientReport> Clients(const ClientQuery& query = {}) const;
  // On the loop's thread.
  std::size_t stream_count() const;
  // What its listeners have counted. On the loop's thread.
  h2::ServerCounters counters() const;
  // What clients told of their calls, by service ("user-service.shop"). On the loop's thread.
  struct Loads {
    std::size_t streams = 0;  // of reports, open now
    const std::map<std::string, ServiceLoadTotal>& services;
  };
  Loads loads() const;
  // What clients that tell replicas apart told last of the one at `addresses` ("10.0.0.5:50051").
  // On the loop's thread; looks at every stream of reports.
  spec::CallLoad LoadAt(const std::string& service,
                        const std::vector<std::string>& addresses) const;
  // Whether every client that uses the service has reported after `since` that it had no open call
  // to it; so none is open to a replica that it was told to leave before. False when one does not
  // report or is an Envoy (which tells nothing of a replica that has left), and without clients.
  // On the loop's thread; looks at every stream.
  bool AreCallsOver(const ServiceName& service, TimePoint since) const;

 private:
  class Impl;
  runtime::EventLoop& loop_;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::xds
