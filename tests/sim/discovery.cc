#include "sim/discovery.h"

#include <utility>

#include "xds/server.h"

namespace fairlead::sim {
namespace {

const xds::DiscoveryOptions kOptions;

ServiceName ServiceOf(const std::string& resource) {
  const std::size_t dot = resource.find('.');
  return {.project = resource.substr(dot + 1), .service = resource.substr(0, dot)};
}

}  // namespace

struct SimDiscovery::Stream final : private xds::SessionEvents {
  Stream(SimDiscovery& owner, xds::StreamId stream, std::string name, Write out)
      : discovery(owner), id(stream), client(std::move(name)), write(std::move(out)) {}

  Result<> Take(const std::string& request, TimePoint now) {
    return session.OnRequest(std::as_bytes(std::span(request)), now, *this);
  }

  void OnSubscribed(xds::ResourceType type, const std::string& name) override {
    if (type == xds::ResourceType::kEndpoints)
      discovery.adoption_.Subscribed(id, xds::ClientId(client), ServiceOf(name));
  }
  void OnUnsubscribed(xds::ResourceType type, const std::string& name) override {
    if (type == xds::ResourceType::kEndpoints)
      discovery.adoption_.Unsubscribed(id, ServiceOf(name));
  }
  void OnWildcard(xds::ResourceType, bool) override {}
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) override {
    discovery.adoption_.Acknowledged(id, session.viewers().networks, ServiceOf(name), revision);
  }
  void OnRefused(const xds::Refusal&) override { ++discovery.refusals_; }

  SimDiscovery& discovery;
  const xds::StreamId id;
  const std::string client;
  const Write write;
  xds::SotwSession session{xds::SessionLimits{}};
  bool is_writing = false;
};

SimDiscovery::SimDiscovery(Timeline& timeline, Adopted adopted)
    : timeline_(timeline), adopted_(std::move(adopted)), catalog_({}), responses_(catalog_) {}
SimDiscovery::~SimDiscovery() = default;

void SimDiscovery::Publish(const std::vector<fleet::ServiceViewPtr>& changed,
                           const std::vector<ServiceName>& dropped) {
  const xds::CatalogChanges changes = catalog_.Apply(changed, dropped);
  for (const ServiceName& service : dropped) {
    adoption_.Dropped(service);
    timeline_.After(kOptions.purge_delay, [this, service, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) Purge(service);
    });
  }
  for (const xds::PublishedRevision& published : changes.published)
    adoption_.Published(published.service, published.revision, published.unchanged);
  FanOut(changes);
  TellAdopted();
}

void SimDiscovery::Purge(const ServiceName& service) {
  FanOut(catalog_.Purge(service));
}

void SimDiscovery::FanOut(const xds::CatalogChanges& changes) {
  for (const auto& [id, stream] : streams_) {
    if (!stream->session.has_node()) continue;
    const std::size_t flavour = xds::Index(stream->session.flavour());
    for (const xds::ResourceChange& change : changes.resources[flavour]) {
      const xds::Subscription& subscription = stream->session.subscription(change.type);
      const bool is_asked = subscription.is_wildcard || subscription.names.contains(change.name);
      const bool is_seen = change.table == xds::TableOf(change.type, stream->session.viewers());
      if (is_asked && is_seen) stream->session.Touch(change);
    }
    Pump(*stream);
  }
}

void SimDiscovery::OpenGate() {
  is_open_ = true;
  for (const auto& [id, stream] : streams_) Pump(*stream);
}

xds::StreamId SimDiscovery::Join(const std::string& client, Write write) {
  const xds::StreamId id(++last_stream_);
  streams_[id] = std::make_unique<Stream>(*this, id, client, std::move(write));
  return id;
}

bool SimDiscovery::OnRequest(xds::StreamId id, const std::string& request) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return false;
  const Result<> taken = found->second->Take(request, timeline_.now());
  TellAdopted();
  if (!taken) return false;
  Pump(*found->second);
  return true;
}

void SimDiscovery::OnWritten(xds::StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second->is_writing = false;
  Pump(*found->second);
}

void SimDiscovery::Leave(xds::StreamId id) {
  if (streams_.erase(id) == 0) return;
  const Duration remembered = kOptions.remember_clients;
  adoption_.Closed(id, timeline_.now() + remembered);
  TellAdopted();
  timeline_.After(remembered, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    adoption_.Expire(timeline_.now());
    TellAdopted();
  });
}

void SimDiscovery::Pump(Stream& stream) {
  if (!is_open_ || stream.is_writing || !stream.session.owes()) return;
  std::optional<xds::Outgoing> next = stream.session.Next(catalog_, responses_, timeline_.now());
  if (!next) return;
  stream.is_writing = true;
  const xds::NonceTail tail(next->nonce);
  std::string bytes(reinterpret_cast<const char*>(next->shared->data()), next->shared->size());
  bytes.append(reinterpret_cast<const char*>(tail.bytes().data()), tail.bytes().size());
  stream.write(std::move(bytes));
}

void SimDiscovery::TellAdopted() {
  for (const auto& [service, revision] : adoption_.TakeAdopted()) adopted_(service, revision);
}

}  // namespace fairlead::sim
