#include "xds/server.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "xds/discovery_hub.h"
#include "xds/pending_views.h"

namespace fairlead::xds {
namespace {

constexpr std::string_view kServed =
    "fairlead serves the methods Stream* and Delta* of xDS v3 for listeners, routes, clusters and "
    "endpoints, as StreamAggregatedResources and DeltaAggregatedResources on one stream, and "
    "StreamLoadStats";

struct Method {
  std::string_view path;
  Dialect dialect;
};

constexpr std::array kMethods = {
    Method{"/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
           {.is_delta = false, .only = std::nullopt}},
    Method{"/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
           {.is_delta = true, .only = std::nullopt}},
    Method{"/envoy.service.listener.v3.ListenerDiscoveryService/StreamListeners",
           {.is_delta = false, .only = ResourceType::kListener}},
    Method{"/envoy.service.listener.v3.ListenerDiscoveryService/DeltaListeners",
           {.is_delta = true, .only = ResourceType::kListener}},
    Method{"/envoy.service.route.v3.RouteDiscoveryService/StreamRoutes",
           {.is_delta = false, .only = ResourceType::kRoute}},
    Method{"/envoy.service.route.v3.RouteDiscoveryService/DeltaRoutes",
           {.is_delta = true, .only = ResourceType::kRoute}},
    Method{"/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters",
           {.is_delta = false, .only = ResourceType::kCluster}},
    Method{"/envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters",
           {.is_delta = true, .only = ResourceType::kCluster}},
    Method{"/envoy.service.endpoint.v3.EndpointDiscoveryService/StreamEndpoints",
           {.is_delta = false, .only = ResourceType::kEndpoints}},
    Method{"/envoy.service.endpoint.v3.EndpointDiscoveryService/DeltaEndpoints",
           {.is_delta = true, .only = ResourceType::kEndpoints}},
};
constexpr unsigned kSocketMode = 0666;
constexpr auto kDirectoryMode = static_cast<std::filesystem::perms>(0755);

Result<> MakeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  if (!directory.empty() && std::filesystem::create_directories(directory, error)) {
    // create_directories obeys the umask; clients must get in whatever it is.
    std::filesystem::permissions(directory, kDirectoryMode, error);
  }
  if (error) {
    return Fail(Code::kUnavailable,
                "make directory " + directory.string() + ": " + error.message());
  }
  return {};
}

}  // namespace

class DiscoveryServer::Impl final : public h2::Router, public std::enable_shared_from_this<Impl> {
 public:
  Impl(runtime::EventLoop& loop, DiscoveryOptions options, AdoptionSink& adoption,
       DiscoveryObserver& observer)
      : options_(std::move(options)),
        observer_(observer),
        hub_(options_, adoption, observer),
        loop_(loop),
        timer_(loop, [this] { Housekeep(); }),
        server_(loop, options_.http, *this) {
    hub_.OnWork([this] { ArmTimer(); });
  }

  Result<std::unique_ptr<h2::StreamHandler>> Open(const h2::RequestHead& head,
                                                  h2::ServerStream& stream) override {
    if (head.path == kLoadReportPath) {
      return hub_.JoinLoads(head.peer, stream);
    }
    const auto* method = std::ranges::find(kMethods, head.path, &Method::path);
    if (method == kMethods.end()) {
      return Fail(Code::kUnimplemented, std::string(kServed));
    }
    std::unique_ptr<DiscoveryStream> joined =
        hub_.Join(head.peer, stream, method->dialect, runtime::Now());
    Locate(*joined);
    return joined;
  }

  void OnTrouble(const h2::Peer& peer, const std::string& why) override {
    const bool is_six = peer.address.find(':') != std::string::npos;
    observer_.OnPeerRefused(
        (is_six ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port), why);
  }

  // From any thread. True when nothing was held before, so that PublishHeld must be called.
  bool Hold(std::vector<fleet::ServiceViewPtr> changed, std::vector<ServiceName> dropped) {
    runtime::MutexLock lock(held_mutex_);
    return held_.Add(std::move(changed), std::move(dropped));
  }

  void PublishHeld() {
    std::vector<PendingViews::Batch> batches;
    {
      runtime::MutexLock lock(held_mutex_);
      batches = held_.Take();
    }
    for (const PendingViews::Batch& batch : batches) {
      hub_.Publish(batch.changed, batch.dropped, runtime::Now());
    }
  }

  DiscoveryHub& hub() { return hub_; }
  h2::Server& server() { return server_; }

 private:
  void Locate(const DiscoveryStream& stream) {
    const StreamId id = stream.id();
    if (options_.locator == nullptr) {
      hub_.OnPlaced(id, {});
      return;
    }
    const h2::Peer& peer = stream.peer();
    options_.locator->Watch(ClientWatch(id.value),
                            {.is_unix = peer.is_unix, .pid = peer.pid, .address = peer.address},
                            [loop = &loop_, weak = weak_from_this(), id](ClientPlace place) {
                              loop->Post([weak, id, place = std::move(place)] {
                                if (const auto impl = weak.lock()) {
                                  impl->hub_.OnPlaced(id, place);
                                }
                              });
                            });
  }

  void ArmTimer() {
    if (std::exchange(is_timer_armed_, true)) {
      return;
    }
    timer_.Set(runtime::Now() + options_.housekeeping_interval);
  }

  void Housekeep() {
    is_timer_armed_ = false;
    if (hub_.Housekeep(runtime::Now())) {
      ArmTimer();
    }
  }

  const DiscoveryOptions options_;
  DiscoveryObserver& observer_;
  DiscoveryHub hub_;
  runtime::EventLoop& loop_;
  runtime::LoopTimer timer_;
  bool is_timer_armed_ = false;
  runtime::Mutex held_mutex_;
  PendingViews held_ FAIRLEAD_GUARDED_BY(held_mutex_);
  h2::Server server_;  // last: its streams use the hub until it is gone
};

DiscoveryServer::DiscoveryServer(runtime::EventLoop& loop, DiscoveryOptions options,
                                 AdoptionSink& adoption, DiscoveryObserver& observer)
    : loop_(loop), impl_(std::make_shared<Impl>(loop, std::move(options), adoption, observer)) {}

DiscoveryServer::~DiscoveryServer() = default;

Result<> DiscoveryServer::ListenUnix(const std::string& path) {
  if (Result<> made = MakeDirectory(std::filesystem::path(path).parent_path()); !made) {
    return made;
  }
  return impl_->server().ListenUnix(path, kSocketMode);
}

Result<std::uint16_t> DiscoveryServer::ListenTcp(const std::string& ip, std::uint16_t port,
                                                 h2::TransportMaker transports) {
  return impl_->server().ListenTcp(ip, port, std::move(transports));
}

void DiscoveryServer::Publish(std::vector<fleet::ServiceViewPtr> changed,
                              std::vector<ServiceName> dropped) {
  if (!impl_->Hold(std::move(changed), std::move(dropped))) {
    return;  // who comes for what was held before takes this too
  }
  loop_.Post([weak = std::weak_ptr(impl_)] {
    if (const auto impl = weak.lock()) {
      impl->PublishHeld();
    }
  });
}

void DiscoveryServer::OpenGate() {
  loop_.Post([weak = std::weak_ptr(impl_)] {
    if (const auto impl = weak.lock()) {
      impl->hub().OpenGate();
    }
  });
}

void DiscoveryServer::SetTrust(const std::string& secret, const std::string& authorities) {
  loop_.Post([weak = std::weak_ptr(impl_), secret, authorities] {
    if (const auto impl = weak.lock()) {
      impl->hub().SetTrust(secret, authorities, runtime::Now());
    }
  });
}

void DiscoveryServer::SetProjects(ProjectsOf projects_of) {
  loop_.Post([weak = std::weak_ptr(impl_), projects_of = std::move(projects_of)]() mutable {
    if (const auto impl = weak.lock()) {
      impl->hub().SetProjects(std::move(projects_of));
    }
  });
}

std::vector<ClientReport> DiscoveryServer::Clients(const ClientQuery& query) const {
  return impl_->hub().Clients(query);
}

h2::ServerCounters DiscoveryServer::counters() const {
  return impl_->server().counters();
}

std::size_t DiscoveryServer::stream_count() const {
  return impl_->hub().stream_count();
}

DiscoveryServer::Loads DiscoveryServer::loads() const {
  const LoadLedger& ledger = impl_->hub().loads();
  return {.streams = ledger.stream_count(), .services = ledger.totals()};
}

spec::CallLoad DiscoveryServer::LoadAt(const std::string& service,
                                       const std::vector<std::string>& addresses) const {
  return impl_->hub().loads().LoadAt(service, addresses);
}

bool DiscoveryServer::AreCallsOver(const ServiceName& service, TimePoint since) const {
  return impl_->hub().AreCallsOver(service, since, runtime::Now());
}

}  // namespace fairlead::xds
