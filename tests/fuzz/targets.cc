#include "fuzz/targets.h"

#include <array>

namespace fairlead::fuzz {
namespace {

constexpr auto kTargets = std::to_array<Target>({
    {"engine_answer", FuzzEngineAnswer},
    {"engine_chunks", FuzzEngineChunks},
    {"engine_events", FuzzEngineEvents},
    {"engine_inspect", FuzzEngineInspect},
    {"engine_list", FuzzEngineList},
    {"actuator", FuzzActuator},
    {"namespaces", FuzzNamespaces},
    {"authority", FuzzAuthority},
    {"labels", FuzzLabels},
    {"texts", FuzzTexts},
    {"config_text", FuzzConfigText},
    {"rollout_texts", FuzzRolloutTexts},
    {"compose", FuzzCompose},
    {"diagnose", FuzzDiagnose},
    {"dns_message", FuzzDnsMessage},
    {"http_request", FuzzHttpRequest},
    {"h2_server", FuzzH2Server},
    {"h2_probe", FuzzH2Probe},
    {"h2_caller", FuzzH2Caller},
    {"frame_guard", FuzzFrameGuard},
    {"health_replies", FuzzHealthReplies},
    {"certificates", FuzzCertificates},
    {"container_log", FuzzContainerLog},
#ifdef FAIRLEAD_FUZZES_XDS
    {"discovery_session", FuzzDiscoverySession},
    {"discovery_requests", FuzzDiscoveryRequests},
    {"name_server", FuzzNameServer},
    {"load_reports", FuzzLoadReports},
    {"gateway_request", FuzzGatewayRequest},
    {"server_reflection", FuzzServerReflection},
    {"grpc_web", FuzzGrpcWeb},
    {"sink_template", FuzzSinkTemplate},
    {"sinks", FuzzSinks},
#endif
});

}  // namespace

std::span<const Target> Targets() {
  return kTargets;
}

}  // namespace fairlead::fuzz
