#include "gateway_plane.h"

#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "gateway/limits.h"
#include "h2/server.h"
#include "metrics/metric.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

using metrics::Metric;

namespace {

constexpr Duration kGivingUpMax = std::chrono::seconds(2);
constexpr Duration kLookEvery = std::chrono::seconds(1);
// Between two looks whether the last stream of HTTP/2 has ended.
constexpr Duration kStopLookEvery = std::chrono::milliseconds(20);

h2::Peer PeerOf(const http::Peer& peer) {
  if (peer.is_unix) return {.is_unix = true, .uid = peer.uid};
  const std::size_t colon = peer.address.rfind(':');
  std::string address = peer.address.substr(0, colon);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  std::uint16_t port = 0;
  std::from_chars(peer.address.data() + colon + 1, peer.address.data() + peer.address.size(), port);
  return {.address = std::move(address), .port = port};
}

}  // namespace

// Its members are the HTTP/2 loop's. The server counts by itself, so it is looked at now and then.
struct GatewayPlane::Http2 {
  using Counted = std::function<void(const h2::ServerCounters&)>;

  Http2(runtime::EventLoop& loop, boost::asio::io_context& context, gateway::Gateway& gateway,
        gateway::H2Front::Told told, std::function<void(const h2::Peer&)> offended, Counted tell)
      : front(loop, context, gateway, std::move(told)),
        server(loop, gateway::GatewayH2Limits(), front, std::move(offended)),
        counted(std::move(tell)),
        timer(loop, [this] { Look(); }) {
    Look();
  }
  void Look() {
    counted(server.counters());
    timer.Set(runtime::Now() + kLookEvery);
  }

  gateway::H2Front front;
  h2::Server server;
  const Counted counted;
  runtime::LoopTimer timer;
};

void GatewayPlane::Passage::LeadThrough(gateway::Gateway* gateway) {
  const runtime::MutexLock lock(mutex_);
  gateway_ = gateway;
}

void GatewayPlane::Passage::Publish(std::vector<fleet::ServiceViewPtr> changed,
                                    std::vector<ServiceName> dropped) {
  // What is not the gateway's it has no calls of.
  std::map<ServiceName, std::uint64_t> others;
  for (const ServiceName& name : dropped) join_.Forget(name);
  {
    // Held meanwhile, so that nobody ends the gateway under it; it only notes what it is told.
    const runtime::MutexLock lock(mutex_);
    for (const fleet::ServiceViewPtr& view : changed) {
      if (gateway_ == nullptr || !view->traffic.gateway.is_on) others[view->name] = view->revision;
    }
    if (gateway_ != nullptr) {
      std::vector<gateway::ServiceNow> now;
      for (const fleet::ServiceViewPtr& view : changed)
        now.push_back(ServiceNowOf(*view, expectations_));
      gateway_->Publish(std::move(now), dropped);
    }
  }
  join_.OnWritten(0, others);
  next_->Publish(std::move(changed), std::move(dropped));
}

GatewayPlane::GatewayPlane(const config::GatewayConfig& config, const Trust& trust,
                           xds::AdoptionSink& adoption, metrics::Meter& meter,
                           telemetry::Logger& log)
    : config_(config),
      transports_(trust.profiles),
      meter_(meter),
      log_(log),
      join_(adoption, {std::vector<ServiceName>()}),  // one beside discovery, with all services
      passage_(join_, trust.expectations) {}

xds::Publisher& GatewayPlane::PassOnTo(xds::Publisher& discovery) {
  passage_.PassOnTo(discovery);
  return passage_;
}

GatewayPlane::~GatewayPlane() {
  Stop(Duration::zero());
}

HttpListener::Tls GatewayPlane::ListenerTls(Tls tls) {
  front::Limits limits;
  // All callers behind one proxy have one address.
  limits.connections_max = limits.connections_per_peer_max =
      gateway::GatewayHttpLimits().connections_max;
  return {.thread = "fl-gateway-tls",
          .profile = std::move(tls.profile),
          .protocol = tls::ServerProtocol::kHttp,
          .limits = limits,
          .profile_news = std::move(tls.profile_news),
          .peer_news = std::move(tls.peer_news)};
}

void GatewayPlane::MakeHttp2() {
  http2_loop_.emplace("fl-gateway-h2");
  http2_loop_->RunAndWait([this] {
    http2_ = std::make_unique<Http2>(
        http2_loop_->loop(), loop_.context(), *gateway_, FrontTold(),
        [this](const h2::Peer& peer) { listener_->Offended(peer.address); },
        [this, hits = std::uint64_t{0}](const h2::ServerCounters& counters) mutable {
          http2_connections_ = counters.connections_open;
          TellConnections();
          const std::uint64_t now = counters.limit_hits + counters.connections_refused;
          if (now > hits)
            meter_.Count(Metric::kGatewayLimitHits, {"http2"}, static_cast<double>(now - hits));
          hits = now;
        });
  });
}

void GatewayPlane::TakeHttp2(int descriptor, const http::Peer& peer, std::string read) {
  http2_loop_->Post([this, descriptor, peer = PeerOf(peer), read = std::move(read)] {
    if (http2_) return http2_->server.Adopt(descriptor, peer, std::as_bytes(std::span(read)));
    close(descriptor);
  });
}

Result<> GatewayPlane::Start(std::optional<Tls> tls) {
  if (config_.listen.empty()) return {};
  gateway_ = std::make_unique<gateway::Gateway>(loop_.context(), GatewayOptions());
  passage_.LeadThrough(gateway_.get());
  MakeHttp2();
  listener_ = std::make_unique<HttpListener>(
      loop_,
      http::Server::Options{
          .takes_all_hosts = true,  // each service has names of its own
          .limits = gateway::GatewayHttpLimits(),
          .http2 = [this](int descriptor, const http::Peer& peer,
                          std::string read) { TakeHttp2(descriptor, peer, std::move(read)); },
          .told = Told()},
      *gateway_, tls ? std::optional(ListenerTls(*std::move(tls))) : std::nullopt);
  const Result<> listening = listener_->Listen(config_.listen, "gateway.listen");
  for (const std::string& address : listener_->addresses())
    log_.Info("gateway listens", {{"address", address}});
  return listening;
}

gateway::Gateway::Options GatewayPlane::GatewayOptions() {
  gateway::Gateway::Told told;
  told.trouble = [this](const std::string& replica, const std::string& trouble) {
    if (!trouble.empty()) meter_.Count(Metric::kGatewayUndescribed, {replica});
    if (trouble.empty()) {
      log_.Info("gateway answers for the replica now", {{"replica", replica}});
    } else {
      log_.Warning("gateway cannot answer for the replica",
                   {{"replica", replica}, {"trouble", trouble}});
    }
  };
  told.fault = [this](const std::string& service, const std::string& fault) {
    log_.Warning("gateway passes over a rule", {{"service", service}, {"fault", fault}});
  };
  told.descriptor = [this](const std::string& name, const std::string& trouble) {
    if (trouble.empty()) {
      log_.Info("gateway takes the descriptor set", {{"name", name}});
    } else {
      log_.Warning("gateway cannot take the descriptor set, and keeps what it has of it",
                   {{"name", name}, {"trouble", trouble}});
    }
  };
  told.adopted = [this](const ServiceName& name, std::uint64_t revision) {
    join_.OnWritten(0, {{name, revision}});
  };
  told.tls = [this](const std::string& replica, const gateway::ReplicaPeer::TlsNews& news) {
    TellTls(replica, news);
  };
  told.limit_hit = [this](std::string_view limit) {
    meter_.Count(Metric::kGatewayLimitHits, {std::string(limit)});
  };
  return {.descriptor_paths = config_.descriptors,
          .tls_transports = [this](const gateway::ReplicaTls& tls) { return transports_.For(tls); },
          .told = std::move(told)};
}

void GatewayPlane::TellTls(const std::string& replica, const gateway::ReplicaPeer::TlsNews& news) {
  if (!news.trouble.empty()) meter_.Count(Metric::kGatewayTlsFailures, {replica});
  if (!news.is_new) return;
  if (news.trouble.empty()) {
    log_.Info("gateway is connected to the replica over TLS now", {{"replica", replica}});
  } else {
    log_.Warning("gateway cannot connect to the replica over TLS",
                 {{"replica", replica}, {"trouble", news.trouble}});
  }
}

http::Told GatewayPlane::Told() {
  return {.served =
              [this](const http::Served& served) {
                meter_.Count(Metric::kGatewayRequests,
                             {served.route, served.method, std::to_string(served.status)});
                if (!served.route.empty())
                  meter_.Observe(Metric::kGatewayRequestSeconds, served.took, {served.route});
              },
          .limit_hit =
              [this](std::string_view limit) {
                meter_.Count(Metric::kGatewayLimitHits, {std::string(limit)});
              },
          .connections =
              [this](std::size_t connections) {
                http1_connections_ = connections;
                TellConnections();
              }};
}

gateway::H2Front::Told GatewayPlane::FrontTold() {
  const http::Told told = Told();
  return {.called =
              [this](const std::string& service, Code code, Duration took) {
                meter_.Count(Metric::kGatewayRequests,
                             {service, "gRPC", std::string(CodeName(code))});
                if (!service.empty())
                  meter_.Observe(Metric::kGatewayRequestSeconds, took, {service});
              },
          .served = told.served,
          .limit_hit = told.limit_hit};
}

void GatewayPlane::TellConnections() {
  meter_.Set(Metric::kGatewayConnections,
             static_cast<double>(http1_connections_ + http2_connections_));
}

// Tells callers to go, and lets calls under way end.
void GatewayPlane::StopHttp2(Duration patience) {
  const TimePoint until = runtime::Now() + patience;
  http2_loop_->RunAndWait([this] { http2_->server.Drain(); });
  while (runtime::Now() < until) {
    std::uint64_t open = 0;
    http2_loop_->RunAndWait([&] { open = http2_->server.counters().streams_open; });
    if (open == 0) break;
    std::this_thread::sleep_for(kStopLookEvery);
  }
  http2_loop_->RunAndWait([this] { http2_.reset(); });
}

void GatewayPlane::Stop(Duration patience) {
  if (std::exchange(is_stopped_, true)) return;
  if (listener_) {
    listener_->BeginStop(patience);
    StopHttp2(patience);
    listener_->FinishStop();
  }
  if (gateway_) {
    gateway::CallCount calls = gateway_->calls();
    passage_.LeadThrough(nullptr);
    loop_.RunAndWait([this] { gateway_.reset(); });
    // Whatever was given up comes to its end within milliseconds.
    if (!calls.WaitForNone(kGivingUpMax)) log_.Warning("gateway has calls that do not end");
  }
  if (http2_loop_) http2_loop_->Stop();
  loop_.Stop();
}

}  // namespace fairlead::daemon
