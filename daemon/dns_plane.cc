#include "dns_plane.h"

#include <cstdint>
#include <utility>

#include "dns/name.h"
#include "metrics/metric.h"
#include "runtime/clock.h"

namespace fairlead::daemon {
namespace {

// One that must have every service's list, beside the next publisher; or none.
std::vector<std::vector<ServiceName>> Readers(const config::DnsConfig& config) {
  return std::vector<std::vector<ServiceName>>(config.listen.empty() ? 0 : 1);
}

}  // namespace

DnsPlane::DnsPlane(config::DnsConfig config, xds::ClientLocator& locator,
                   xds::AdoptionSink& adoption, metrics::Meter& meter, telemetry::Logger& log)
    : config_(std::move(config)),
      locator_(locator),
      meter_(meter),
      log_(log),
      join_(adoption, Readers(config_)) {}

DnsPlane::~DnsPlane() {
  Stop();
}

Result<> DnsPlane::Start() {
  if (config_.listen.empty()) return {};
  Result<> listening;
  loop_.emplace("fl-dns");
  loop_->RunAndWait([&] {
    server_ = std::make_unique<nameserver::NameServer>(
        loop_->context(), locator_,
        nameserver::NameServer::Options{
            .origin = dns::ParseName(config_.zone).value_or(dns::Name()),
            .seed = static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count()),
            .limits = {},
            .told = Told()});
    for (config::ListenAddress address : config_.listen) {
      const Result<std::uint16_t> port = server_->Listen(address.ip, address.port);
      if (!port) {
        listening = std::unexpected(port.error());
        return;
      }
      address.port = *port;
      log_.Info("DNS listens", {{"address", address.Text()}, {"zone", config_.zone}});
    }
  });
  return listening;
}

nameserver::NameServerTold DnsPlane::Told() {
  using metrics::Metric;
  return {.answered =
              [this](const std::string& type, const std::string& code) {
                meter_.Count(Metric::kDnsQueries, {type, code});
              },
          .limit_hit =
              [this](std::string_view limit) {
                meter_.Count(Metric::kDnsLimitHits, {std::string(limit)});
              },
          .adopted =
              [this](const std::map<ServiceName, std::uint64_t>& revisions) {
                join_.OnWritten(0, revisions);
              }};
}

void DnsPlane::Publish(std::vector<fleet::ServiceViewPtr> changed,
                       std::vector<ServiceName> dropped) {
  for (const ServiceName& name : dropped) join_.Forget(name);
  if (server_) server_->Publish(changed, dropped);
  next_->Publish(std::move(changed), std::move(dropped));
}

void DnsPlane::OpenGate() {
  if (server_) server_->OpenGate();
  next_->OpenGate();
}

void DnsPlane::Stop() {
  if (!server_) return;
  loop_->RunAndWait([this] { server_.reset(); });
  loop_->Stop();
}

}  // namespace fairlead::daemon
