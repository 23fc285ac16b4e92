// Metric: each series that /metrics can show, by name, type, labels and meaning. One table.
//
// Why a table: the page, the reference in manifests/metrics.md and the names that alert rules may
// use come from it; tests hold them to each other.
// Names follow Prometheus' conventions: base units, `_total` for counters, a noun for gauges.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/time.h"

namespace fairlead::metrics {

enum class Metric : std::size_t {
  kBuildInfo,
  kStartTime,
  kPhase,
  kBrake,
  kPauses,
  kInventorySynced,
  kEngineEventsMissed,
  kEngineEventsUnreadable,
  kEngineReconnects,
  kEngineLists,
  kEngineInspectsFailed,
  kContainersUndecided,
  kServiceReplicas,
  kServiceInRotation,
  kServicePanic,
  kServiceAvailableMinimum,
  kServiceVerdicts,
  kServiceRepairs,
  kServiceRestartsInWindow,
  kServiceAdoptionLag,
  kServiceCallsInProgress,
  kServiceCalls,
  kContainersWithDiagnostics,
  kEvents,
  kActs,
  kCallersReset,
  kJournalEntries,
  kJournalBytes,
  kJournalDropped,
  kWebhookEvents,
  kWebhookWaiting,
  kFileSinkWrites,
  kFileSinkTrouble,
  kChecks,
  kCheckSeconds,
  kEngineCalls,
  kEngineCallSeconds,
  kDiscoveryStreams,
  kDiscoveryRefusals,
  kDiscoveryDenials,
  kDiscoveryLimitHits,
  kLoadReportStreams,
  kAdminCalls,
  kAdminCallSeconds,
  kAdminRefusals,
  kHttpRequests,
  kHttpRequestSeconds,
  kHttpConnections,
  kHttpLimitHits,
  kDnsQueries,
  kDnsLimitHits,
  kPeersRefused,
  kFrontLimitHits,
  kTlsFilesRefused,
  kTlsCertificateBegin,
  kTlsCertificateEnd,
  kServiceCertificatesIssued,
  kServiceCertificateFailures,
  kGatewayRequests,
  kGatewayRequestSeconds,
  kGatewayConnections,
  kGatewayLimitHits,
  kGatewayUndescribed,
  kNamespaceUnanswered,
  kFilesUnanswered,
  kGatewayTlsFailures,
  kLoopDelaySeconds,
  kSeriesOverflow,
};

enum class MetricType { kCounter, kGauge, kHistogram };

struct MetricRule {
  Metric metric;
  std::string_view name;
  MetricType type;
  std::string_view labels;   // names, comma-separated, in the order of their values; may be empty
  std::string_view meaning;  // one sentence without its full stop
};

// In the order of the enum.
std::span<const MetricRule> MetricTable();
const MetricRule& RuleOf(Metric metric);
std::string_view MetricTypeName(MetricType type);  // "counter", "gauge", "histogram"

// Upper bounds of every histogram, in seconds: from a question on loopback to a slow restart.
inline constexpr std::array kBucketSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

// The index of the bucket that counts `value`; kBucketSeconds.size() for what is above them all.
std::size_t BucketOf(Duration value);

// Series of one metric; what comes later is counted in the series whose labels are all "other".
// 250 services with four states each; a scrape stays below a MiB.
inline constexpr std::size_t kSeriesPerMetricMax = 1000;
// A label's value is cut here, in bytes: names of services and projects are shorter.
inline constexpr std::size_t kLabelBytesMax = 128;

}  // namespace fairlead::metrics
