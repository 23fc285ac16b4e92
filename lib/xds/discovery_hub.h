// DiscoveryHub: what all streams of the discovery loop share, and the fan-out between them.
//
// Why: it joins the catalog, the index, adoption and the streams, and owns their shared rules: no
// answer before the gate opens and before it is known from where the client looks, only subscribers
// are touched, a broken client is remembered.
// Threads: everything here runs on the discovery loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "xds/admission.h"
#include "xds/adopted_services.h"
#include "xds/adoption.h"
#include "xds/catalog.h"
#include "xds/denied_clients.h"
#include "xds/discovery_stream.h"
#include "xds/load_ledger.h"
#include "xds/load_stream.h"
#include "xds/publisher.h"
#include "xds/response_cache.h"
#include "xds/server.h"
#include "xds/subscriber_index.h"

namespace fairlead::xds {

class DiscoveryHub {
 public:
  DiscoveryHub(const DiscoveryOptions& options, AdoptionSink& adoption,
               DiscoveryObserver& observer);

  void Publish(const std::vector<fleet::ServiceViewPtr>& changed,
               const std::vector<ServiceName>& dropped, TimePoint now);
  void SetTrust(const std::string& secret, const std::string& authorities, TimePoint now);
  void OpenGate();
  bool is_open() const { return is_open_; }

  // The stream is placed once OnPlaced() has told where its client is; at the latest by
  // Housekeep().
  std::unique_ptr<DiscoveryStream> Join(const h2::Peer& peer, h2::ServerStream& stream,
                                        const Dialect& dialect, TimePoint now);
  void Leave(DiscoveryStream& stream);
  // A stream of load reports, answered before the gate opens too: it says nothing of services.
  std::unique_ptr<LoadStream> JoinLoads(const h2::Peer& peer, h2::ServerStream& stream);
  // Which projects clients off the host see, from now on: of those that are connected, too. Who
  // loses something is told that it is gone, and nobody else of anything.
  void SetProjects(ProjectsOf projects_of);
  // Where the client of this stream is, for the first time or again. The stream may be gone.
  void OnPlaced(StreamId id, const ClientPlace& place);

  // Work that waits for time: held streams, purges, remembered clients. True while there is some.
  bool Housekeep(TimePoint now);
  // Called when such work has come up.
  void OnWork(std::function<void()> callback) { on_work_ = std::move(callback); }

  // Hands on what has newly been adopted.
  void TellAdopted();
  void TellRefused(const DiscoveryStream& stream, const Refusal& refusal);
  // Of what a stream asks for, the types that it begins with: more would tell the same again.
  static constexpr std::array kAskedFirst = {ResourceType::kListener, ResourceType::kEndpoints};
  // Tells if what the stream asks for is there, and not for its client.
  void TellHidden(const DiscoveryStream& stream, const std::string& name);
  std::vector<ClientReport> Clients(const ClientQuery& query) const;  // as of DiscoveryServer
  std::size_t stream_count() const { return streams_.size(); }
  const LoadLedger& loads() const { return loads_; }
  bool AreCallsOver(const ServiceName& service, TimePoint since, TimePoint now) const;  // likewise

  Catalog& catalog() { return catalog_; }
  ResponseCache& responses() { return responses_; }
  SubscriberIndex& index() { return index_; }
  AdoptionTracker& adoption() { return adoption_; }

 private:
  // Something to be done to a service.
  struct Due {
    ServiceName service;
    TimePoint due;
  };

  void FanOut(const CatalogChanges& changes, TimePoint now);
  void FanOutOne(Flavour flavour, const ResourceChange& change, TimePoint now);
  void LeaveClass(const ViewerClass& viewers);
  void Place(DiscoveryStream& stream, const ClientPlace& place);
  void Deny(DiscoveryStream& stream, const Admission& admission);
  static DeniedNote NoteOf(const DiscoveryStream& stream, DenialReason reason);
  void TellHiddenOf(const DiscoveryStream& stream);
  // Whether a client with a certificate, on this connection, may tell of its calls to the service:
  // it sees it over another stream.
  bool MayReport(std::uint64_t connection, const std::string& service) const;
  void RefuseHeldStreams(TimePoint now);
  void PlaceOverdueStreams(TimePoint now);
  void PurgeDropped(TimePoint now);
  void WarmTls(TimePoint now);
  static std::vector<ServiceName> TakeDue(std::vector<Due>& all, TimePoint now);
  void ForgetEndedClients();
  ClientReport Report(const DiscoveryStream& stream, std::size_t names_max) const;
  void ReportCalls(const DiscoveryStream& stream, std::size_t names_max,
                   ClientReport& report) const;

  const DiscoveryOptions& options_;
  AdoptionSink& adoption_sink_;
  DiscoveryObserver& observer_;
  ProjectsOf projects_of_;
  Catalog catalog_;
  ResponseCache responses_;
  SubscriberIndex index_;
  AdoptionTracker adoption_;
  AdoptedServices adopted_;
  LoadLedger loads_;
  const h2::SharedBytes load_order_;
  std::map<StreamId, DiscoveryStream*> streams_;
  std::set<StreamId> unplaced_;
  std::map<std::uint64_t, std::set<StreamId>> certified_;  // by connection, with a certificate
  DeniedClients denied_;
  std::map<ClientId, Process> absent_processes_;  // of remembered clients
  std::vector<Due> purges_;
  std::vector<Due> warming_;
  std::function<void()> on_work_ = [] {};
  std::uint64_t last_stream_ = 0;
  std::uint64_t last_load_stream_ = 0;
  bool is_open_ = false;
  TimePoint opened_at_{};
};

}  // namespace fairlead::xds
