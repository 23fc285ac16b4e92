// SimDiscovery: the streams of one life of the daemon, joined to the real catalog, sessions and
// adoption, without a socket.
//
// Why not xds::DiscoveryHub itself: it reads the process clock and HTTP/2 streams. What decides
// (Catalog, SotwSession, SubscriberIndex's job, AdoptionTracker) is the real code; the joints
// between them are the same few lines.
// Threads: none.
// Invariant: one write of a stream is on its way at a time; nothing is written before the gate
// opens.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/timeline.h"
#include "xds/adoption.h"
#include "xds/catalog.h"
#include "xds/response_cache.h"
#include "xds/sotw_session.h"

namespace fairlead::sim {

class SimDiscovery {
 public:
  using Adopted = std::function<void(const ServiceName&, std::uint64_t revision)>;
  // Takes a whole response as it is on the wire.
  using Write = std::function<void(std::string)>;

  SimDiscovery(Timeline& timeline, Adopted adopted);
  ~SimDiscovery();

  void Publish(const std::vector<fleet::ServiceViewPtr>& changed,
               const std::vector<ServiceName>& dropped);
  void OpenGate();

  xds::StreamId Join(const std::string& client, Write write);
  // False: the session has ended the stream.
  bool OnRequest(xds::StreamId stream, const std::string& request);
  void OnWritten(xds::StreamId stream);
  void Leave(xds::StreamId stream);

  std::size_t streams() const { return streams_.size(); }
  std::uint64_t refusals() const { return refusals_; }

 private:
  struct Stream;

  void FanOut(const xds::CatalogChanges& changes);
  void Pump(Stream& stream);
  void TellAdopted();
  void Purge(const ServiceName& service);

  Timeline& timeline_;
  const Adopted adopted_;
  xds::Catalog catalog_;
  xds::ResponseCache responses_;
  xds::AdoptionTracker adoption_;
  std::map<xds::StreamId, std::unique_ptr<Stream>> streams_;
  std::uint64_t last_stream_ = 0;
  std::uint64_t refusals_ = 0;
  bool is_open_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::sim
