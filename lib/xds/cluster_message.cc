#include "xds/cluster_message.h"

#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "xds/message_encoding.h"

namespace fairlead::xds {
namespace {

namespace cluster_v3 = envoy::config::cluster::v3;
namespace core_v3 = envoy::config::core::v3;
namespace upstreams_v3 = envoy::extensions::upstreams::http::v3;

// Both kinds of client stop at 1024 concurrent calls per cluster unless told otherwise, and Envoy
// at 3 concurrent retries: a limit that nobody asked for. Ours is out of reach of one process.
constexpr std::uint32_t kUnlimited = 1'000'000'000;
// A TCP handshake on one host takes microseconds; Envoy's own default of 5 s hides a dead replica.
constexpr std::int64_t kConnectTimeoutSeconds = 1;

cluster_v3::Cluster::LbPolicy LbPolicyFor(spec::LbPolicy policy, Flavour flavour) {
  switch (policy) {
    case spec::LbPolicy::kRingHash:
      return flavour == Flavour::kGrpcNoRing || flavour == Flavour::kGrpcNoRingTls
                 ? cluster_v3::Cluster::ROUND_ROBIN
                 : cluster_v3::Cluster::RING_HASH;
    case spec::LbPolicy::kLeastRequest:
      // C-core and Node refuse a cluster with LEAST_REQUEST.
      return IsEnvoy(flavour) ? cluster_v3::Cluster::LEAST_REQUEST
                              : cluster_v3::Cluster::ROUND_ROBIN;
    case spec::LbPolicy::kRoundRobin:
      break;
  }
  return cluster_v3::Cluster::ROUND_ROBIN;
}

void SetLimitsOfEnvoy(cluster_v3::Cluster& cluster) {
  cluster.mutable_connect_timeout()->set_seconds(kConnectTimeoutSeconds);
  // Who is well is decided here: Envoy must neither bring hosts back in a panic nor keep removed
  // ones.
  cluster.mutable_common_lb_config()->mutable_healthy_panic_threshold()->set_value(0);
  cluster.set_ignore_health_on_host_removal(true);
  auto& thresholds = *cluster.mutable_circuit_breakers()->mutable_thresholds(0);
  thresholds.mutable_max_connections()->set_value(kUnlimited);
  thresholds.mutable_max_pending_requests()->set_value(kUnlimited);
  thresholds.mutable_max_retries()->set_value(kUnlimited);
  upstreams_v3::HttpProtocolOptions http2;
  http2.mutable_explicit_http_config()->mutable_http2_protocol_options();
  (*cluster.mutable_typed_extension_protocol_options())
      ["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] = Pack(http2);
}

}  // namespace

cluster_v3::Cluster MakeClusterMessage(const fleet::ServiceView& view, Flavour flavour,
                                       const std::string& name) {
  cluster_v3::Cluster cluster;
  cluster.set_name(name);
  cluster.set_type(cluster_v3::Cluster::EDS);
  auto& eds = *cluster.mutable_eds_cluster_config();
  eds.mutable_eds_config()->mutable_ads();
  eds.mutable_eds_config()->set_resource_api_version(core_v3::V3);
  eds.set_service_name(name);
  cluster.set_lb_policy(LbPolicyFor(view.traffic.policy, flavour));
  if (cluster.lb_policy() == cluster_v3::Cluster::RING_HASH) {
    cluster.mutable_ring_hash_lb_config()->set_hash_function(
        cluster_v3::Cluster::RingHashLbConfig::XX_HASH);
  }
  cluster.mutable_circuit_breakers()->add_thresholds()->mutable_max_requests()->set_value(
      kUnlimited);
  if (IsEnvoy(flavour)) {
    SetLimitsOfEnvoy(cluster);
  } else {
    // Envoy does not read this field: its bootstrap says where loads go, of all clusters.
    cluster.mutable_lrs_server()->mutable_self();
  }
  return cluster;
}

}  // namespace fairlead::xds
