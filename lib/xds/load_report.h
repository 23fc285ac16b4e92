// LoadReport: what a client tells of the calls that it makes (LRS), as a value.
//
// Why: discovery says where calls may go; only the callers know how many go there, fail, or are
// still open. What each kind of client can tell:
//  - gRPC clients count by locality. All replicas of one priority share one, so the figures are the
//    service's, calls to replicas that have left the list included until these calls end.
//  - Envoy counts by host too where it is asked to (1.40 does), but only hosts of its present list:
//    of a replica that has left it tells nothing.
// Pure. Input is hostile: everything kept is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::xds {

struct LoadLimits {
  // How often a client is to report. C-core refuses less than 1 s; a drain of 10 s (the default)
  // sees several reports, and a thousand busy clients cost half a percent of a core.
  Duration interval = std::chrono::seconds(2);
  // Ten hosts each of a thousand services. Parsed, the worst such message takes 40 times as much.
  std::size_t report_bytes_max = 512 * 1024;
  std::size_t services_max = 1'000;  // of one client; what comes after is left out
  std::size_t endpoints_per_service_max = 1'000;
  // Of one stream: a client sends two in the first second and then one per interval.
  std::uint32_t reports_per_minute_max = 600;
};

struct CallCounts {
  std::uint64_t in_progress = 0;  // when the report was made
  // Since the report before.
  std::uint64_t issued = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;

  CallCounts& operator+=(const CallCounts& other);
  bool operator==(const CallCounts&) const = default;
};

struct ServiceLoad {
  CallCounts calls;
  std::uint64_t dropped = 0;  // by the client itself, before it chose a replica
  Duration interval{};        // that the counts are of, as the client measured it; 0: not told
  std::map<std::string, CallCounts> endpoints;  // "10.0.0.5:50051"; empty: not told
};

// By name of the cluster, which is the service's: "user-service.shop".
using LoadReport = std::map<std::string, ServiceLoad>;

// A service named twice is the sum of both. kInvalidArgument: not a LoadStatsRequest;
// kResourceExhausted: too long.
Result<LoadReport> ReadLoadReport(std::span<const std::byte> message, const LoadLimits& limits);

}  // namespace fairlead::xds
