#include "xds/service_resources.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "decode.h"
#include "sample_view.h"
#include "xds/catalog.h"

namespace fairlead::xds {
namespace {

std::string Text(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetExpandAny(true);
  std::string out;
  printer.PrintToString(message, &out);
  return out.empty() ? out : out.substr(0, out.size() - 1);
}

ClusterLoadAssignment Endpoints(const SampleView& view) {
  const fleet::ServiceView whole = view;
  return Decode<ClusterLoadAssignment>(MakeEndpoints(whole.name, Reachable(Viewer{}, whole)));
}

// "10.0.0.1:50051*weight ..." of the only locality; "-" when there is no locality.
std::string EndpointText(const SampleView& view) {
  const ClusterLoadAssignment assignment = Endpoints(view);
  if (assignment.endpoints().empty()) {
    return "-";
  }
  EXPECT_EQ(assignment.endpoints_size(), 1);
  std::string out;
  for (const auto& endpoint : assignment.endpoints(0).lb_endpoints()) {
    const auto& address = endpoint.endpoint().address().socket_address();
    out +=
        (out.empty() ? "" : " ") + address.address() + ":" + std::to_string(address.port_value());
    if (endpoint.has_load_balancing_weight()) {
      out += "*" + std::to_string(endpoint.load_balancing_weight().value());
    }
  }
  return out;
}

TEST(Endpoints, HaveTheServicesNameAndOneNamedLocalityOfWeightOneAndPriorityZero) {
  EXPECT_EQ(Text(Endpoints({.endpoints = {EndpointAt("10.0.0.1")}})),
            "cluster_name: \"user.shop\" endpoints { locality { region: \"fairlead\" } "
            "lb_endpoints { endpoint { address { socket_address { address: \"10.0.0.1\" "
            "port_value: 50051 } } } } load_balancing_weight { value: 1 } }");
}

TEST(Endpoints, OfAServiceWithoutReplicasHaveNoLocalityAtAll) {
  EXPECT_EQ(Text(Endpoints({})), "cluster_name: \"user.shop\"");
}

TEST(Endpoints, WithoutAnyReachableAddressHaveNoLocalityEither) {
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("")}}), "-");
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("not-an-ip")}}), "-");
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("10.0.0.1", 0)}}), "-");
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("10.0.0.1", 1, 0)}}), "-");
}

TEST(Endpoints, NeverRepeatAnAddress) {
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("10.0.0.1"), EndpointAt("10.0.0.2"),
                                        EndpointAt("10.0.0.1"), EndpointAt("10.0.0.1", 7)}}),
            "10.0.0.1:50051 10.0.0.2:50051 10.0.0.1:7");
}

TEST(Endpoints, CarryWeightsForAllOrForNoneBecauseAnAbsentOneCountsAsOne) {
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("10.0.0.1"), EndpointAt("10.0.0.2")}}),
            "10.0.0.1:50051 10.0.0.2:50051");
  EXPECT_EQ(EndpointText({.endpoints = {EndpointAt("10.0.0.1"), EndpointAt("10.0.0.2", 1, 50),
                                        EndpointAt("10.0.0.3", 1, 0)}}),
            "10.0.0.1:50051*100 10.0.0.2:1*50");
}

spec::TrafficSpec Policy(spec::LbPolicy policy, std::string header = "") {
  spec::TrafficSpec traffic;
  traffic.policy = policy;
  traffic.hash_header = std::move(header);
  return traffic;
}

TEST(ClusterResource, ForGrpcHoldsOnlyWhatAllClientsTake) {
  EXPECT_EQ(Text(Decode<Cluster>(MakeCluster(SampleView{}, Flavour::kGrpc))),
            "name: \"user.shop\" type: EDS eds_cluster_config { eds_config { ads { } "
            "resource_api_version: V3 } service_name: \"user.shop\" } "
            "circuit_breakers { thresholds { max_requests { value: 1000000000 } } } "
            "lrs_server { self { } }");
}

TEST(ClusterResource, ForEnvoySpeaksHttp2TurnsPanicOffAndLiftsTheCaps) {
  EXPECT_EQ(
      Text(Decode<Cluster>(MakeCluster(SampleView{}, Flavour::kEnvoy))),
      "name: \"user.shop\" type: EDS eds_cluster_config { eds_config { ads { } "
      "resource_api_version: V3 } service_name: \"user.shop\" } connect_timeout { seconds: 1 } "
      "circuit_breakers { thresholds { max_connections { value: 1000000000 } "
      "max_pending_requests { value: 1000000000 } max_requests { value: 1000000000 } "
      "max_retries { value: 1000000000 } } } common_lb_config { healthy_panic_threshold { } } "
      "ignore_health_on_host_removal: true typed_extension_protocol_options { "
      "key: \"envoy.extensions.upstreams.http.v3.HttpProtocolOptions\" value { "
      "[type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] { "
      "explicit_http_config { http2_protocol_options { } } } } }");
}

TEST(ClusterResource, GivesLeastRequestOnlyToEnvoy) {
  const SampleView view{.traffic = Policy(spec::LbPolicy::kLeastRequest)};
  EXPECT_EQ(Decode<Cluster>(MakeCluster(view, Flavour::kGrpc)).lb_policy(), Cluster::ROUND_ROBIN);
  EXPECT_EQ(Decode<Cluster>(MakeCluster(view, Flavour::kEnvoy)).lb_policy(),
            Cluster::LEAST_REQUEST);
}

TEST(ClusterResource, NeverGivesARingToTheCoreThatDiesOfIt) {
  const SampleView view{.traffic = Policy(spec::LbPolicy::kRingHash)};
  const Cluster cluster = Decode<Cluster>(MakeCluster(view, Flavour::kGrpcNoRing));
  EXPECT_EQ(cluster.lb_policy(), Cluster::ROUND_ROBIN);
  EXPECT_FALSE(cluster.has_ring_hash_lb_config());
}

TEST(ClusterResource, HashesByXxHashWhichEveryClientKnows) {
  const SampleView view{.traffic = Policy(spec::LbPolicy::kRingHash)};
  for (const Flavour flavour : {Flavour::kGrpc, Flavour::kEnvoy}) {
    const Cluster cluster = Decode<Cluster>(MakeCluster(view, flavour));
    EXPECT_EQ(cluster.lb_policy(), Cluster::RING_HASH);
    ASSERT_TRUE(cluster.has_ring_hash_lb_config());
    EXPECT_EQ(cluster.ring_hash_lb_config().hash_function(), Cluster::RingHashLbConfig::XX_HASH);
  }
}

std::string GrpcRoute(const spec::TrafficSpec& traffic) {
  const auto route = Decode<RouteConfiguration>(MakeGrpcRoute(SampleView{.traffic = traffic}));
  EXPECT_EQ(route.name(), "user.shop");
  EXPECT_EQ(route.virtual_hosts_size(), 1);
  EXPECT_EQ(route.virtual_hosts(0).domains_size(), 1);
  EXPECT_EQ(route.virtual_hosts(0).domains(0), "*");
  EXPECT_EQ(route.virtual_hosts(0).routes_size(), 1);
  EXPECT_EQ(Text(route.virtual_hosts(0).routes(0).match()), "prefix: \"/\"");
  return Text(route.virtual_hosts(0).routes(0).route());
}

spec::TrafficSpec Retries(int attempts, std::vector<std::string> on) {
  spec::TrafficSpec traffic;
  traffic.retry.attempts = attempts;
  traffic.retry.on = std::move(on);
  return traffic;
}

TEST(GrpcRoute, WithoutLabelsIsJustTheCluster) {
  EXPECT_EQ(GrpcRoute({}), "cluster: \"user.shop\"");
}

TEST(GrpcRoute, RetriesOneTimeLessThanThereAreAttempts) {
  EXPECT_EQ(GrpcRoute(Retries(3, {"unavailable", "resource-exhausted"})),
            "cluster: \"user.shop\" retry_policy { retry_on: \"unavailable,resource-exhausted\" "
            "num_retries { value: 2 } retry_back_off { base_interval { nanos: 50000000 } "
            "max_interval { seconds: 1 } } }");
}

TEST(GrpcRoute, NeverAsksForZeroRetriesOrForNoStatus) {
  for (const auto& traffic : {Retries(0, {"unavailable"}), Retries(1, {"unavailable"}),
                              Retries(3, {}), Retries(3, {"data-loss"})}) {
    EXPECT_EQ(GrpcRoute(traffic), "cluster: \"user.shop\"");
  }
}

TEST(GrpcRoute, HasABackoffThatIsPositiveAndOrdered) {
  spec::TrafficSpec traffic = Retries(2, {"internal"});
  traffic.retry.backoff_base = Duration::zero();
  traffic.retry.backoff_max = Duration::zero();
  EXPECT_EQ(
      GrpcRoute(traffic),
      "cluster: \"user.shop\" retry_policy { retry_on: \"internal\" num_retries { value: 1 } "
      "retry_back_off { base_interval { nanos: 1000000 } max_interval { nanos: 1000000 } } }");
}

TEST(GrpcRoute, LimitsACallByMaxStreamDuration) {
  spec::TrafficSpec traffic;
  traffic.timeout = std::chrono::milliseconds(1500);
  EXPECT_EQ(GrpcRoute(traffic),
            "cluster: \"user.shop\" max_stream_duration { max_stream_duration { seconds: 1 "
            "nanos: 500000000 } }");
}

TEST(GrpcRoute, HashesByTheLabelledHeaderOnlyUnderRingHash) {
  EXPECT_EQ(GrpcRoute(Policy(spec::LbPolicy::kRingHash, "x-user")),
            "cluster: \"user.shop\" hash_policy { header { header_name: \"x-user\" } }");
  EXPECT_EQ(GrpcRoute(Policy(spec::LbPolicy::kRoundRobin, "x-user")), "cluster: \"user.shop\"");
}

TEST(GrpcListener, HoldsItsRouteAndEndsWithTheRouter) {
  EXPECT_EQ(
      Text(Decode<Listener>(MakeGrpcListener("user:50051", SampleView{}))),
      "name: \"user:50051\" api_listener { api_listener { [type.googleapis.com/envoy.extensions."
      "filters.network.http_connection_manager.v3.HttpConnectionManager] { stat_prefix: "
      "\"fairlead\" route_config { name: \"user.shop\" virtual_hosts { name: \"user.shop\" "
      "domains: "
      "\"*\" routes { match { prefix: \"/\" } route { cluster: \"user.shop\" } } } } "
      "http_filters { name: \"envoy.filters.http.router\" typed_config { "
      "[type.googleapis.com/envoy.extensions.filters.http.router.v3.Router] { } } } "
      "stream_idle_timeout { } } } }");
}

TEST(DialNames, AreTheFullNameTheShortOneIfFreeAndBothWithThePort) {
  EXPECT_EQ(DialNames(SampleView{}, true),
            (std::vector<std::string>{"user.shop", "user", "user.shop:50051", "user:50051"}));
  EXPECT_EQ(DialNames(SampleView{}, false),
            (std::vector<std::string>{"user.shop", "user.shop:50051"}));
  EXPECT_EQ(DialNames(SampleView{.port = 0}, true),
            (std::vector<std::string>{"user.shop", "user"}));
}

}  // namespace
}  // namespace fairlead::xds
