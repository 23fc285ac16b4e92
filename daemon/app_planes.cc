// Where App listens for callers, over discovery, DNS, the gateway and HTTP, and what they are told
// to reach it by.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app.h"
#include "bootstrap_file.h"
#include "discovery_options.h"
#include "tls_profiles.h"
#include "xds/bootstrap.h"

namespace fairlead::daemon {

std::optional<GatewayPlane::Tls> App::GatewayTls() {
  std::optional<tls::Profile> profile = ProfileNamed(config_, config_.gateway.tls);
  if (!profile) return std::nullopt;
  return GatewayPlane::Tls{.profile = *std::move(profile),
                           .profile_news = ProfileTeller("gateway"),
                           .peer_news = PeerTeller("gateway")};
}

Result<> App::StartDiscovery() {
  Result<> listening;
  discovery_loop_.RunAndWait([&] {
    discovery_ = std::make_unique<xds::DiscoveryServer>(discovery_loop_.loop(),
                                                        DiscoveryOptionsOf(config_, *locator_),
                                                        gateway_->adoption(), *this);
    trust_bundles_ = std::make_unique<TrustBundles>(discovery_loop_.loop(), config_, *discovery_);
    if (auto profile = ProfileNamed(config_, config_.discovery.tls)) {
      discovery_tls_ = std::make_unique<h2::ServerProfile>(
          discovery_loop_.loop(), *std::move(profile), tls::ServerProtocol::kHttp2,
          ProfileTeller("discovery"));
    }
    for (const config::ListenAddress& address : config_.discovery.listen) {
      if (address.is_unix()) {
        listening = discovery_->ListenUnix(address.path);
        discovery_addresses_.push_back(address.Text());
      } else {
        const Result<std::uint16_t> port = discovery_->ListenTcp(
            address.ip, address.port,
            discovery_tls_ ? discovery_tls_->transports() : h2::TransportMaker{});
        if (!port) listening = std::unexpected(port.error());
        config::ListenAddress actual = address;
        actual.port = port.value_or(address.port);
        discovery_addresses_.push_back(actual.Text());
      }
      if (!listening) return;
    }
  });
  if (!listening) return listening;
  for (const std::string& address : discovery_addresses_)
    log_.Info("discovery listens", {{"address", address}});
  return WriteBootstrapFile();
}

Result<> App::StartDns() {
  file_sinks_->PassOnTo(gateway_->PassOnTo(*discovery_));
  dns_->PassOnTo(*file_sinks_);
  return dns_->Start();
}

Result<> App::StartHttp() {
  meter_.AddSource([this](metrics::Meter& meter) { checks_.tally().TellTo(meter); });
  meter_.AddSource([this](metrics::Meter& meter) { certificates_.TellTo(meter); });
  meter_.AddSource([this](metrics::Meter& meter) {
    meter.Set(metrics::Metric::kNamespaceUnanswered, static_cast<double>(namespaces_.unanswered()));
    meter.Set(metrics::Metric::kFilesUnanswered, static_cast<double>(files_.unanswered()));
  });
  http_ = std::make_unique<HttpPlane>(board_, version_, meter_, log_);
  if (Result<> started = http_->Start({.config = config_.http,
                                       .token_path = config_.state_dir + "/http.token",
                                       .admin = admin_->InProcessChannel(),
                                       .tls = ProfileNamed(config_, config_.http.tls),
                                       .profile_news = ProfileTeller("http"),
                                       .peer_news = PeerTeller("http")});
      !started)
    return started;
  board_.EditStatus([&](controller::DaemonStatus& status) {
    status.http_addresses = http_->addresses();
    if (!status.http_addresses.empty()) status.http_token_path = config_.state_dir + "/http.token";
  });
  WatchLoops();
  return {};
}

Result<std::string> App::Bootstrap(const admin::BootstrapQuestion& question) const {
  const bool wants_unix = question.transport == admin::BootstrapTransport::kUnix;
  for (const std::string& address : discovery_addresses_) {
    if (address.starts_with("unix:") != wants_unix) continue;
    const auto tls = wants_unix ? std::nullopt : ClientTlsOf(config_);
    if (question.kind == admin::BootstrapKind::kGrpc) {
      return xds::GrpcBootstrap(address, {.tls_directory = question.tls_directory}, tls);
    }
    xds::EnvoyBootstrapOptions options{.tls = tls};
    options.node.tls_directory = question.tls_directory;
    return xds::EnvoyBootstrap(address, options);
  }
  return Fail(Code::kFailedPrecondition,
              wants_unix ? "make bootstrap: discovery.listen has no unix socket"
                         : "make bootstrap: discovery.listen has no TCP address");
}

Result<> App::WriteBootstrapFile() const {
  for (const config::ListenAddress& address : config_.discovery.listen) {
    if (!address.is_unix()) continue;
    // Of the second, clients mount their certificates where client containers have them as a rule.
    for (const auto& [file, tls_directory] :
         {std::pair("bootstrap.json", ""), std::pair("bootstrap-tls.json", kClientCerts)}) {
      const Result<std::string> text = Bootstrap({.tls_directory = tls_directory});
      if (!text) return std::unexpected(text.error());
      if (Result<> written = WriteBootstrapBeside(address.path, file, *text); !written) {
        return written;
      }
    }
    return {};
  }
  return {};
}

}  // namespace fairlead::daemon
