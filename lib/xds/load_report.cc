#include "xds/load_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "envoy/config/endpoint/v3/load_report.pb.h"
#include "envoy/service/load_stats/v3/lrs.pb.h"
#include "xds/resource_name.h"

namespace fairlead::xds {
namespace {

namespace endpoint_v3 = envoy::config::endpoint::v3;
namespace load_stats_v3 = envoy::service::load_stats::v3;

// Localities and hosts are counted by the same fields.
template <class Stats>
CallCounts CountsOf(const Stats& stats) {
  return {.in_progress = stats.total_requests_in_progress(),
          .issued = stats.total_issued_requests(),
          .succeeded = stats.total_successful_requests(),
          .failed = stats.total_error_requests()};
}

// "10.0.0.5:50051", "[fd00::5]:50051"; empty for what is no socket address, as ours all are.
std::string AddressText(const envoy::config::core::v3::Address& address) {
  if (!address.has_socket_address()) {
    return "";
  }
  constexpr std::size_t kIpBytesMax = 45;  // the longest literal IPv6 address
  const envoy::config::core::v3::SocketAddress& socket = address.socket_address();
  if (socket.address().size() > kIpBytesMax) {
    return "";
  }
  const bool is_ipv6 = socket.address().find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", socket.address(), is_ipv6 ? "]" : "",
                     socket.port_value());
}

Duration DurationOf(const google::protobuf::Duration& told) {
  constexpr std::int64_t kSecondsMax = 24L * 60 * 60;  // whatever a client claims
  return std::chrono::seconds(std::clamp<std::int64_t>(told.seconds(), 0, kSecondsMax)) +
         std::chrono::nanoseconds(std::clamp(told.nanos(), 0, 999'999'999));
}

void Add(const endpoint_v3::ClusterStats& stats, std::size_t endpoints_max, ServiceLoad& load) {
  load.dropped += stats.total_dropped_requests();
  load.interval = DurationOf(stats.load_report_interval());
  for (const endpoint_v3::UpstreamLocalityStats& locality : stats.upstream_locality_stats()) {
    load.calls += CountsOf(locality);
    for (const endpoint_v3::UpstreamEndpointStats& endpoint : locality.upstream_endpoint_stats()) {
      const std::string address = AddressText(endpoint.address());
      const bool is_kept =
          load.endpoints.size() < endpoints_max || load.endpoints.contains(address);
      if (!address.empty() && is_kept) {
        load.endpoints[address] += CountsOf(endpoint);
      }
    }
  }
}

}  // namespace

CallCounts& CallCounts::operator+=(const CallCounts& other) {
  in_progress += other.in_progress;
  issued += other.issued;
  succeeded += other.succeeded;
  failed += other.failed;
  return *this;
}

Result<LoadReport> ReadLoadReport(std::span<const std::byte> message, const LoadLimits& limits) {
  if (message.size() > limits.report_bytes_max) {
    return Fail(Code::kResourceExhausted,
                fmt::format("read load report: it has {} bytes, {} are allowed", message.size(),
                            limits.report_bytes_max));
  }
  load_stats_v3::LoadStatsRequest request;
  if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return Fail(Code::kInvalidArgument, "read load report: not a LoadStatsRequest message");
  }
  LoadReport report;
  for (const endpoint_v3::ClusterStats& stats : request.cluster_stats()) {
    const std::string service(WithoutSecurity(stats.cluster_name()));
    if (report.size() < limits.services_max || report.contains(service)) {
      Add(stats, limits.endpoints_per_service_max, report[service]);
    }
  }
  return report;
}

}  // namespace fairlead::xds
