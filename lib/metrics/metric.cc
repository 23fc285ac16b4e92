#include "metrics/metric.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace fairlead::metrics {
namespace {

using enum MetricType;

constexpr auto kTable = std::to_array<MetricRule>({
    {Metric::kBuildInfo, "fairlead_build_info", kGauge, "version",
     "always 1; which daemon this is"},
    {Metric::kStartTime, "fairlead_start_time_seconds", kGauge, "",
     "when the daemon started, in seconds since 1970"},
    {Metric::kPhase, "fairlead_phase", kGauge, "phase",
     "1 for the phase that the daemon is in, 0 for the others"},
    {Metric::kBrake, "fairlead_brake_on", kGauge, "",
     "1 while too much fails at once, so that nothing is repaired and no list shrinks"},
    {Metric::kPauses, "fairlead_pauses", kGauge, "", "scopes in which people let no repair begin"},
    {Metric::kInventorySynced, "fairlead_engine_inventory_synced", kGauge, "",
     "1 while the picture of the engine's containers is complete, 0 while it is frozen or stale"},
    {Metric::kEngineEventsMissed, "fairlead_engine_events_missed_total", kCounter, "",
     "changes of containers that no event of the engine had announced"},
    {Metric::kEngineEventsUnreadable, "fairlead_engine_events_unreadable_total", kCounter, "",
     "events of the engine that were too long or said nothing readable"},
    {Metric::kEngineReconnects, "fairlead_engine_reconnects_total", kCounter, "",
     "times that the engine was lost"},
    {Metric::kEngineLists, "fairlead_engine_lists_total", kCounter, "",
     "full lists of containers taken"},
    {Metric::kEngineInspectsFailed, "fairlead_engine_inspects_failed_total", kCounter, "",
     "looks at one container that failed"},
    {Metric::kContainersUndecided, "fairlead_containers_undecided", kGauge, "",
     "containers of which the last look failed"},
    {Metric::kServiceReplicas, "fairlead_service_replicas", kGauge, "project,service",
     "replicas that are known"},
    {Metric::kServiceInRotation, "fairlead_service_replicas_in_rotation", kGauge, "project,service",
     "replicas that callers are told about"},
    {Metric::kServicePanic, "fairlead_service_replicas_panic", kGauge, "project,service",
     "replicas in rotation only because too few others are"},
    {Metric::kServiceAvailableMinimum, "fairlead_service_available_minimum", kGauge,
     "project,service", "replicas that own acts always leave available"},
    {Metric::kServiceVerdicts, "fairlead_service_verdicts", kGauge, "project,service,readiness",
     "replicas by what their checks amount to"},
    {Metric::kServiceRepairs, "fairlead_service_repairs", kGauge, "project,service,repair",
     "replicas by what is done about them; idle ones are left out"},
    {Metric::kServiceRestartsInWindow, "fairlead_service_restarts_in_window", kGauge,
     "project,service", "repair restarts that count against the budgets now"},
    {Metric::kServiceAdoptionLag, "fairlead_service_adoption_lag_revisions", kGauge,
     "project,service", "published lists that some client has not acknowledged yet"},
    {Metric::kServiceCallsInProgress, "fairlead_service_calls_in_progress", kGauge,
     "project,service", "clients' open calls, as their load reports tell"},
    {Metric::kServiceCalls, "fairlead_service_calls_total", kCounter, "project,service,outcome",
     "clients' calls that ended, as they report: succeeded, failed, dropped (by the client)"},
    {Metric::kContainersWithDiagnostics, "fairlead_containers_with_diagnostics", kGauge, "",
     "containers whose labels have something wrong"},
    {Metric::kEvents, "fairlead_events_total", kCounter, "kind", "events told, by kind"},
    {Metric::kActs, "fairlead_acts_total", kCounter, "outcome",
     "acts that ended: done, failed, verified (ready again), not-verified, dropped"},
    {Metric::kCallersReset, "fairlead_callers_reset_total", kCounter, "",
     "connections of callers that waited on a silent replica and were reset"},
    {Metric::kJournalEntries, "fairlead_journal_entries", kGauge, "", "events kept on disk"},
    {Metric::kJournalBytes, "fairlead_journal_bytes", kGauge, "", "their size on disk"},
    {Metric::kJournalDropped, "fairlead_journal_dropped_total", kCounter, "",
     "events that could not be written"},
    {Metric::kWebhookEvents, "fairlead_webhook_events_total", kCounter, "url,outcome",
     "events for webhooks: delivered, failed, dropped"},
    {Metric::kWebhookWaiting, "fairlead_webhook_events_waiting", kGauge, "url",
     "events that wait to be posted"},
    {Metric::kFileSinkWrites, "fairlead_file_sink_writes_total", kCounter, "output,outcome",
     "tries to bring a file of lists up to date: written, refused"},
    {Metric::kFileSinkTrouble, "fairlead_file_sink_trouble", kGauge, "output",
     "1 while the file is not as it should be; fairlead status says why"},
    {Metric::kChecks, "fairlead_checks_total", kCounter, "class", "checks that ended, by class"},
    {Metric::kCheckSeconds, "fairlead_check_seconds", kHistogram, "",
     "time from a check's question to its answer or verdict"},
    {Metric::kEngineCalls, "fairlead_engine_calls_total", kCounter, "call,code",
     "calls of the engine's API, by gRPC code of their end"},
    {Metric::kEngineCallSeconds, "fairlead_engine_call_seconds", kHistogram, "call",
     "time that such a call took"},
    {Metric::kDiscoveryStreams, "fairlead_discovery_streams", kGauge, "",
     "clients' discovery streams open; told each second"},
    {Metric::kDiscoveryRefusals, "fairlead_discovery_refusals_total", kCounter, "type",
     "responses that a client refused (NACK), by type of resource"},
    {Metric::kDiscoveryDenials, "fairlead_discovery_denials_total", kCounter, "reason",
     "times that a client off the host was not told of what it wants: identity (no rule names its "
     "certificate), project (what it asked for is of another), limit (too many sets of projects)"},
    {Metric::kDiscoveryLimitHits, "fairlead_discovery_limit_hits_total", kCounter, "limit",
     "times that a limit of discovery's listeners was hit: connections (refused, or ended without "
     "a call for another), streams (ended, "
     "or their connection), waiting (further ones stayed in the kernel's queue), pace (begun "
     "later, as their peer was cut off too often)"},
    {Metric::kLoadReportStreams, "fairlead_load_report_streams", kGauge, "",
     "clients' streams of load reports open; told each second"},
    {Metric::kAdminCalls, "fairlead_admin_calls_total", kCounter, "method,code",
     "calls of the operators' API that ended, by gRPC code"},
    {Metric::kAdminCallSeconds, "fairlead_admin_call_seconds", kHistogram, "method",
     "time from a call's begin to its end"},
    {Metric::kAdminRefusals, "fairlead_admin_refusals_total", kCounter, "method,role",
     "calls of the operators' API refused to who has only that role"},
    {Metric::kHttpRequests, "fairlead_http_requests_total", kCounter, "route,method,status",
     "HTTP requests answered; refused ones have no route"},
    {Metric::kHttpRequestSeconds, "fairlead_http_request_seconds", kHistogram, "route",
     "time from a whole request to its answer"},
    {Metric::kHttpConnections, "fairlead_http_connections", kGauge, "", "HTTP connections open"},
    {Metric::kHttpLimitHits, "fairlead_http_limit_hits_total", kCounter, "limit",
     "times that a limit of the HTTP listener was hit"},
    {Metric::kDnsQueries, "fairlead_dns_queries_total", kCounter, "type,rcode",
     "questions over DNS that were answered, by type and by code of the answer"},
    {Metric::kDnsLimitHits, "fairlead_dns_limit_hits_total", kCounter, "limit",
     "times that a limit of the name server was hit; the question got no answer"},
    {Metric::kPeersRefused, "fairlead_peers_refused_total", kCounter, "plane",
     "connections to a listener of ours that came to nothing or were cut off: for their TLS, for a "
     "limit in front of the server, or as a container that may not have the admin socket; the log "
     "says why"},
    {Metric::kFrontLimitHits, "fairlead_front_limit_hits_total", kCounter, "plane,limit",
     "times that a limit in front of a server was hit: connections (refused), handshake (late), "
     "pace (begun later, as their peer was cut off too often), waiting (of such a peer, refused), "
     "unread, headers, calls, requests, frames, control, resets, protocol (cut off)"},
    {Metric::kTlsFilesRefused, "fairlead_tls_files_refused_total", kCounter, "profile,plane",
     "times that a TLS profile's files were found wrong and what was there before stayed in use"},
    {Metric::kTlsCertificateBegin, "fairlead_tls_certificate_begin_time_seconds", kGauge,
     "profile,plane", "when the certificate in use began, in seconds since 1970"},
    {Metric::kTlsCertificateEnd, "fairlead_tls_certificate_end_time_seconds", kGauge,
     "profile,plane", "when the certificate in use ends, in seconds since 1970"},
    {Metric::kServiceCertificatesIssued, "fairlead_service_certificates_issued_total", kCounter,
     "service", "certificates that were made for services with fairlead.tls=auto"},
    {Metric::kServiceCertificateFailures, "fairlead_service_certificate_failures_total", kCounter,
     "service",
     "times that one could not be made or written, or has something odd about it; `fairlead tls` "
     "says what"},
    {Metric::kGatewayRequests, "fairlead_gateway_requests_total", kCounter, "service,method,status",
     "requests that the gateway answered; those for no service have none; method gRPC has the "
     "code's "
     "name as status"},
    {Metric::kGatewayRequestSeconds, "fairlead_gateway_request_seconds", kHistogram, "service",
     "time from a whole request to its answer"},
    {Metric::kGatewayConnections, "fairlead_gateway_connections", kGauge, "",
     "connections of the gateway's callers"},
    {Metric::kGatewayLimitHits, "fairlead_gateway_limit_hits_total", kCounter, "limit",
     "times that a limit of the gateway was hit"},
    {Metric::kGatewayUndescribed, "fairlead_gateway_undescribed_total", kCounter, "replica",
     "times that a replica did not say what it serves; the log says why"},
    {Metric::kNamespaceUnanswered, "fairlead_namespace_questions_unanswered_total", kCounter, "",
     "questions that the process which enters containers' networks did not answer in time"},
    {Metric::kFilesUnanswered, "fairlead_file_questions_unanswered_total", kCounter, "",
     "questions that the process which opens root's files did not answer in time"},
    {Metric::kGatewayTlsFailures, "fairlead_gateway_tls_failures_total", kCounter, "replica",
     "connections of the gateway to a replica that came to nothing because of TLS; the log says "
     "why"},
    {Metric::kLoopDelaySeconds, "fairlead_loop_delay_seconds", kHistogram, "loop",
     "how late each thread's loop begins what it is given, asked once a second"},
    {Metric::kSeriesOverflow, "fairlead_metric_series_overflow_total", kCounter, "metric",
     "values that were counted under \"other\" because their metric has too many series"},
});

}  // namespace

std::span<const MetricRule> MetricTable() {
  return kTable;
}

const MetricRule& RuleOf(Metric metric) {
  return kTable.at(static_cast<std::size_t>(metric));
}

std::size_t BucketOf(Duration value) {
  const double seconds = std::chrono::duration<double>(value).count();
  return static_cast<std::size_t>(std::ranges::lower_bound(kBucketSeconds, seconds) -
                                  kBucketSeconds.begin());
}

std::string_view MetricTypeName(MetricType type) {
  switch (type) {
    case kCounter:
      return "counter";
    case kGauge:
      return "gauge";
    case kHistogram:
      return "histogram";
  }
  return "untyped";
}

}  // namespace fairlead::metrics
