#include "http_plane.h"

#include <optional>
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

Result<> HttpPlane::Start(const Options& options) {
  const config::HttpConfig& config = options.config;
  if (config.listen.empty()) return {};
  if (Result<> added = AddRest(options); !added) return added;
  std::optional<HttpListener::Tls> tls;
  if (options.tls) {
    tls = HttpListener::Tls{.thread = "fl-http-tls",
                            .profile = *options.tls,
                            .protocol = tls::ServerProtocol::kHttp1,
                            .profile_news = options.profile_news,
                            .peer_news = options.peer_news};
  }
  listener_ = std::make_unique<HttpListener>(
      loop_,
      http::Server::Options{
          .allowed_hosts = config.allowed_hosts, .gzip = config.gzip, .told = Told()},
      pages_, std::move(tls));
  const Result<> listening = listener_->Listen(config.listen, "http.listen");
  for (const std::string& address : listener_->addresses())
    log_.Info("HTTP listens", {{"address", address}});
  return listening;
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
  if (listener_) {
    listener_->BeginStop(patience);
    listener_->FinishStop();
  }
  loop_.Stop();
}

}  // namespace fairlead::daemon
