#include "xds/route_rules.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fairlead::xds {
namespace {

namespace route_v3 = envoy::config::route::v3;

// The gRPC statuses that xDS clients retry on; others are ignored by them (gRFC A44).
constexpr std::array<std::string_view, 5> kRetriable = {
    "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"};
// What a gRPC client counts as `unavailable` and Envoy does not: the call never got an answer.
constexpr std::string_view kEnvoyUnavailable = "connect-failure,refused-stream,reset";

void SetDuration(google::protobuf::Duration& out, Duration duration) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  out.set_seconds(duration.count() / kNanosPerSecond);
  out.set_nanos(static_cast<std::int32_t>(duration.count() % kNanosPerSecond));
}

// "unavailable,internal": the order of the label, no blanks (C-core takes none).
std::string RetryOn(const spec::RetrySpec& retry, Flavour flavour) {
  std::string out;
  for (std::string status : retry.on) {
    std::ranges::replace(status, '_', '-');
    if (std::ranges::find(kRetriable, status) == kRetriable.end()) {
      continue;
    }
    out += (out.empty() ? "" : ",") + status;
    if (IsEnvoy(flavour) && status == "unavailable") {
      out += "," + std::string(kEnvoyUnavailable);
    }
  }
  return out;
}

void SetRetry(route_v3::RouteAction& action, const spec::RetrySpec& retry, Flavour flavour) {
  const std::string retry_on = RetryOn(retry, flavour);
  if (!retry.enabled() || retry_on.empty()) {
    return;  // num_retries 0 is refused by C-core and Go, so there is no policy at all.
  }
  route_v3::RetryPolicy& policy = *action.mutable_retry_policy();
  policy.set_retry_on(retry_on);
  policy.mutable_num_retries()->set_value(static_cast<std::uint32_t>(retry.attempts - 1));
  // A base interval of zero is refused; a maximum below the base as well.
  const Duration base = std::max<Duration>(retry.backoff_base, std::chrono::milliseconds(1));
  SetDuration(*policy.mutable_retry_back_off()->mutable_base_interval(), base);
  SetDuration(*policy.mutable_retry_back_off()->mutable_max_interval(),
              std::max(base, retry.backoff_max));
}

void SetTimeout(route_v3::RouteAction& action, const spec::TrafficSpec& traffic, Flavour flavour) {
  if (IsEnvoy(flavour)) {
    // Unset means 15 s to Envoy, which ends streams; 0 means none.
    SetDuration(*action.mutable_timeout(), traffic.timeout.value_or(Duration::zero()));
  }
  if (traffic.timeout) {
    SetDuration(*action.mutable_max_stream_duration()->mutable_max_stream_duration(),
                *traffic.timeout);
  }
}

}  // namespace

route_v3::VirtualHost MakeVirtualHost(const std::string& cluster, std::vector<std::string> domains,
                                      const spec::TrafficSpec& traffic, Flavour flavour) {
  route_v3::VirtualHost host;
  host.set_name(cluster);
  for (std::string& domain : domains) {
    host.add_domains(std::move(domain));
  }
  route_v3::Route& route = *host.add_routes();
  route.mutable_match()->set_prefix("/");
  route_v3::RouteAction& action = *route.mutable_route();
  action.set_cluster(cluster);
  SetTimeout(action, traffic, flavour);
  SetRetry(action, traffic.retry, flavour);
  if (traffic.policy == spec::LbPolicy::kRingHash && !traffic.hash_header.empty()) {
    action.add_hash_policy()->mutable_header()->set_header_name(traffic.hash_header);
  }
  return host;
}

}  // namespace fairlead::xds
