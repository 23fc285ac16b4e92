#include "gateway_plane.h"

#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <utility>

#include "gateway/limits.h"
#include "metrics/metric.h"
#include "xds/viewer.h"

namespace fairlead::daemon {

using metrics::Metric;

namespace {

constexpr Duration kGivingUpMax = std::chrono::seconds(2);

// Services as a client on this host is told of them.
std::vector<gateway::ServiceNow> NowOf(const std::vector<fleet::ServiceViewPtr>& views) {
  std::vector<gateway::ServiceNow> all;
  for (const fleet::ServiceViewPtr& view : views) {
    gateway::ServiceNow& now = all.emplace_back();
    now.name = view->name;
    now.revision = view->revision;
    now.traffic = view->traffic;
    for (const fleet::Endpoint& endpoint : view->endpoints) {
      const auto address = xds::AddressFor(xds::Viewer{}, endpoint);
      if (!address || endpoint.weight == 0) continue;
      now.replicas.push_back({.generation = endpoint.generation,
                              .name = endpoint.replica,
                              .address = {.ip = address->ip, .port = address->port}});
    }
  }
  return all;
}

}  // namespace

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
    if (gateway_ != nullptr) gateway_->Publish(NowOf(changed), dropped);
  }
  join_.OnWritten(0, others);
  next_->Publish(std::move(changed), std::move(dropped));
}

GatewayPlane::GatewayPlane(const config::GatewayConfig& config, xds::AdoptionSink& adoption,
                           metrics::Meter& meter, telemetry::Logger& log)
    : config_(config),
      meter_(meter),
      log_(log),
      join_(adoption, {std::vector<ServiceName>()}),  // one beside discovery, with all services
      passage_(join_) {}

xds::Publisher& GatewayPlane::PassOnTo(xds::Publisher& discovery) {
  passage_.PassOnTo(discovery);
  return passage_;
}

GatewayPlane::~GatewayPlane() {
  Stop(Duration::zero());
}

Result<> GatewayPlane::Start() {
  if (config_.listen.empty()) return {};
  gateway_ = std::make_unique<gateway::Gateway>(loop_.context(), GatewayOptions());
  passage_.LeadThrough(gateway_.get());
  Result<> listening;
  std::vector<std::string> addresses;
  loop_.RunAndWait([&] {
    server_ = std::make_unique<http::Server>(
        loop_.context(),
        http::Server::Options{.takes_all_hosts = true,  // each service has names of its own
                              .limits = gateway::GatewayHttpLimits(),
                              .told = Told()},
        *gateway_);
    for (config::ListenAddress address : config_.listen) {
      if (address.is_unix()) {
        listening = server_->ListenUnix(address.path);
      } else {
        const Result<std::uint16_t> port = server_->ListenTcp(address.ip, address.port);
        if (!port) listening = std::unexpected(port.error());
        address.port = port.value_or(address.port);
      }
      if (!listening) return;
      addresses.push_back(address.Text());
    }
  });
  for (const std::string& address : addresses) log_.Info("gateway listens", {{"address", address}});
  if (!listening) {
    return Fail(listening.error().code,
                listening.error().message +
                    " (name another address in gateway.listen, or none: gateway.listen = [])");
  }
  return {};
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
  told.limit_hit = [this](std::string_view limit) {
    meter_.Count(Metric::kGatewayLimitHits, {std::string(limit)});
  };
  return {.descriptor_paths = config_.descriptors, .told = std::move(told)};
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
                meter_.Set(Metric::kGatewayConnections, static_cast<double>(connections));
              }};
}

void GatewayPlane::Stop(Duration patience) {
  if (std::exchange(is_stopped_, true)) return;
  std::promise<void> stopped;
  if (server_) {
    loop_.Post([&] { server_->Stop(patience, [&stopped] { stopped.set_value(); }); });
    stopped.get_future().wait();
    loop_.RunAndWait([this] { server_.reset(); });
  }
  if (gateway_) {
    gateway::CallCount calls = gateway_->calls();
    passage_.LeadThrough(nullptr);
    loop_.RunAndWait([this] { gateway_.reset(); });
    // Whatever was given up comes to its end within milliseconds.
    if (!calls.WaitForNone(kGivingUpMax)) log_.Warning("gateway has calls that do not end");
  }
  loop_.Stop();
}

}  // namespace fairlead::daemon
