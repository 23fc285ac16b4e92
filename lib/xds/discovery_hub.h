// DiscoveryHub: what all streams of the discovery loop share, and the fan-out between them.
//
// Why: it joins the catalog, the index, adoption and the streams, and owns their shared rules: no
// answer before the gate opens and before it is known from where the client looks, only subscribers
// are touched, a broken client is remembered.
// Threads: everything here runs on the discovery loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "xds/adopted_services.h"
#include "xds/adoption.h"
#include "xds/catalog.h"
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
  // Where the client of this stream is, for the first time or again. The stream may be gone.
  void OnPlaced(StreamId id, const ClientPlace& place);

  // Work that waits for time: held streams, purges, remembered clients. True while there is some.
  bool Housekeep(TimePoint now);
  // Called when such work has come up.
  void OnWork(std::function<void()> callback) { on_work_ = std::move(callback); }

  // Hands on what has newly been adopted.
  void TellAdopted();
  void TellRefused(const DiscoveryStream& stream, const Refusal& refusal);
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
  Catalog catalog_;
  ResponseCache responses_;
  SubscriberIndex index_;
  AdoptionTracker adoption_;
  AdoptedServices adopted_;
  LoadLedger loads_;
  const h2::SharedBytes load_order_;
  std::map<StreamId, DiscoveryStream*> streams_;
  std::set<StreamId> unplaced_;
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
