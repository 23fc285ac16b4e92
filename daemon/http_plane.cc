#include "http_plane.h"

#include <cstdint>
#include <future>
#include <utility>

#include "dashboard/pages.h"
#include "fairlead/admin/v1/admin.pb.h"
#include "fleet/report.h"
#include "http/health_page.h"
#include "metrics/metric.h"
#include "metrics/page.h"
#include "metrics/state_samples.h"
#include "rest/act_guard.h"
#include "rest/token_file.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

HttpPlane::HttpPlane(const controller::Control& control, std::string version, metrics::Meter& meter,
                     telemetry::Logger& log)
    : control_(control), version_(std::move(version)), meter_(meter), log_(log) {
  pages_.AddPage("/metrics", [this](const http::Request&) {
    return http::Reply{.fields = {{"Content-Type", metrics::kPageType}}, .body = MetricsPage()};
  });
  http::AddHealthPages(pages_, [this] {
    const controller::DaemonStatus status = control_.Status();
    return http::Readiness{.is_ready = status.phase == fleet::Phase::kServing,
                           .phase = std::string(fleet::PhaseName(status.phase)),
                           .reason = status.phase_reason};
  });
}

HttpPlane::~HttpPlane() {
  Stop(Duration::zero());
}

Result<> HttpPlane::AddRest(const Options& options) {
  Result<std::string> token = rest::OpenToken(options.token_path);
  if (!token) return std::unexpected(token.error());
  Result<std::unique_ptr<rest::RestHandler>> made = rest::RestHandler::Make(
      loop_.context(),
      {.channel = options.admin,
       .services = {admin::v1::GetStatusRequest::descriptor()->file()->service(0)},
       .guard = rest::ActGuard(*std::move(token), http::HostGate(options.config.allowed_hosts)),
       .version = version_});
  if (!made) return std::unexpected(made.error());
  rest_ = *std::move(made);
  pages_.AddTree("/v1/", *rest_);
  dashboard::AddPages(pages_);
  pages_.AddPage("/openapi.json", [this](const http::Request&) {
    return http::Reply{.fields = {{"Content-Type", "application/json"}}, .body = rest_->openapi()};
  });
  return {};
}

void HttpPlane::MakeFront(const Options& options) {
  front_ = std::make_unique<tlsfront::Front>(
      tlsfront::Front::Options{.thread = "fl-http-tls",
                               .profile = *options.tls,
                               .protocol = tls::ServerProtocol::kHttp1},
      tlsfront::Front::Told{.taken =
                                [this](int descriptor, const tlsfront::Peer& peer) {
                                  loop_.Post([this, descriptor, peer] {
                                    server_->Adopt(descriptor,
                                                   {.address = peer.address, .names = peer.names});
                                  });
                                },
                            .refused = [told = options.peer_refused](
                                           const tlsfront::Peer& peer,
                                           const std::string& why) { told(peer.address, why); },
                            .profile = options.profile_news});
}

Result<> HttpPlane::Start(const Options& options) {
  const config::HttpConfig& config = options.config;
  if (config.listen.empty()) return {};
  if (Result<> added = AddRest(options); !added) return added;
  Result<> listening;
  loop_.RunAndWait([&] {
    server_ = std::make_unique<http::Server>(
        loop_.context(),
        http::Server::Options{
            .allowed_hosts = config.allowed_hosts, .gzip = config.gzip, .told = Told()},
        pages_);
  });
  if (options.tls) MakeFront(options);
  const auto listen_tcp = [&](config::ListenAddress& address) -> Result<> {
    Result<std::uint16_t> port = 0;
    if (front_)
      port = front_->Listen(address.ip, address.port);
    else
      loop_.RunAndWait([&] { port = server_->ListenTcp(address.ip, address.port); });
    if (!port) return Fail(Code::kFailedPrecondition, port.error().message);
    address.port = *port;
    return {};
  };
  for (config::ListenAddress address : config.listen) {
    if (address.is_unix())
      loop_.RunAndWait([&] { listening = server_->ListenUnix(address.path); });
    else
      listening = listen_tcp(address);
    if (!listening) break;
    addresses_.push_back((front_ && !address.is_unix() ? "https://" : "") + address.Text());
  }
  for (const std::string& address : addresses_) log_.Info("HTTP listens", {{"address", address}});
  if (!listening) {
    return Fail(listening.error().code,
                listening.error().message +
                    " (name another address in http.listen, or none: http.listen = [])");
  }
  return {};
}

http::Told HttpPlane::Told() {
  using metrics::Metric;
  return {.served =
              [this](const http::Served& served) {
                meter_.Count(Metric::kHttpRequests,
                             {served.route, served.method, std::to_string(served.status)});
                if (!served.route.empty())
                  meter_.Observe(Metric::kHttpRequestSeconds, served.took, {served.route});
              },
          .limit_hit =
              [this](std::string_view limit) {
                meter_.Count(Metric::kHttpLimitHits, {std::string(limit)});
              },
          .connections =
              [this](std::size_t connections) {
                meter_.Set(Metric::kHttpConnections, static_cast<double>(connections));
              }};
}

std::string HttpPlane::MetricsPage() {
  metrics::DaemonState state{.version = version_,
                             .status = control_.Status(),
                             .services = control_.Services(),
                             .containers_with_diagnostics = control_.Diagnostics().size()};
  state.started_at = runtime::ToWall(state.status.started_at);
  metrics::TakeState(state, meter_);
  meter_.Refresh();
  return metrics::PageOf(meter_);
}

void HttpPlane::Stop(Duration patience) {
  if (std::exchange(is_stopped_, true)) return;
  std::promise<void> stopped;
  // What was taken is in the loop's hands before the server stops.
  if (front_) front_->StopListening();
  if (server_) {
    loop_.Post([&] { server_->Stop(patience, [&stopped] { stopped.set_value(); }); });
    stopped.get_future().wait();
    if (front_) front_->Finish(tlsfront::kLastWordsPatience);
    loop_.RunAndWait([this] { server_.reset(); });
  }
  loop_.Stop();
}

}  // namespace fairlead::daemon
