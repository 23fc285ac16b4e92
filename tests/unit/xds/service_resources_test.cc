#include "xds/service_resources.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/rng.h"
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
  return Decode<ClusterLoadAssignment>(
      MakeEndpoints(ResourceName(whole.name), Reachable(Viewer{}, whole)));
}

// "10.0.0.1:50051*weight ..." of the only locality; "-" when there is no locality.
std::string EndpointText(const SampleView& view) {
  const ClusterLoadAssignment assignment = Endpoints(view);
  if (assignment.endpoints().empty()) {
    return "-";
  }
  EXPECT_EQ(assignment.endpoints_size(), 1);
  EXPECT_EQ(assignment.endpoints(0).locality().sub_zone(), "");
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

// "0 fairlead: 10.0.0.1 10.0.0.2; 1 fairlead/priority-1: ..." of all localities.
std::string GroupText(const ClusterLoadAssignment& assignment) {
  std::string out;
  for (const auto& locality : assignment.endpoints()) {
    const std::string& sub_zone = locality.locality().sub_zone();
    out += (out.empty() ? "" : "; ") + std::to_string(locality.priority()) + " " +
           locality.locality().region() + (sub_zone.empty() ? "" : "/" + sub_zone) + ":";
    EXPECT_EQ(locality.load_balancing_weight().value(), 1u);
    for (const auto& endpoint : locality.lb_endpoints()) {
      out += " " + endpoint.endpoint().address().socket_address().address();
      if (endpoint.has_load_balancing_weight()) {
        out += "*" + std::to_string(endpoint.load_balancing_weight().value());
      }
    }
  }
  return out;
}

TEST(PriorityGroups, AreNumberedByTheirLabelsWithoutAGap) {
  EXPECT_EQ(GroupText(Endpoints({.endpoints = {OfPriority(5, EndpointAt("10.0.0.1")),
                                               OfPriority(0, EndpointAt("10.0.0.2")),
                                               OfPriority(9, EndpointAt("10.0.0.3")),
                                               OfPriority(5, EndpointAt("10.0.0.4"))}})),
            "0 fairlead: 10.0.0.2; 1 fairlead/priority-5: 10.0.0.1 10.0.0.4; "
            "2 fairlead/priority-9: 10.0.0.3");
}

TEST(PriorityGroups, KeepAnAddressInItsLocalityWhenItTakesOver) {
  EXPECT_EQ(GroupText(Endpoints({.endpoints = {OfPriority(1, EndpointAt("10.0.0.3"))}})),
            "0 fairlead/priority-1: 10.0.0.3");
  EXPECT_EQ(GroupText(Endpoints(
                {.endpoints = {EndpointAt("10.0.0.1"), OfPriority(1, EndpointAt("10.0.0.3"))}})),
            "0 fairlead: 10.0.0.1; 1 fairlead/priority-1: 10.0.0.3");
}

TEST(PriorityGroups, AreOfWhatTheViewerReaches) {
  const fleet::ServiceView view =
      SampleView{.endpoints = {EndpointOn({{"1", "10.0.0.1"}}),
                               OfPriority(2, EndpointOn({{"1", "10.0.0.2"}, {"2", "10.0.1.2"}})),
                               OfPriority(3, EndpointOn({{"2", "10.0.1.3"}}))}};
  const auto seen_on = [&](const std::string& network) {
    return GroupText(Decode<ClusterLoadAssignment>(
        MakeEndpoints(ResourceName(view.name), Reachable({.network_ids = {{network}}}, view))));
  };
  EXPECT_EQ(seen_on("1"), "0 fairlead: 10.0.0.1; 1 fairlead/priority-2: 10.0.0.2");
  EXPECT_EQ(seen_on("2"), "0 fairlead/priority-2: 10.0.1.2; 1 fairlead/priority-3: 10.0.1.3");
  EXPECT_EQ(seen_on("3"), "");
}

TEST(PriorityGroups, HaveWeightsForAllOrForNoneEachForItself) {
  EXPECT_EQ(GroupText(Endpoints(
                {.endpoints = {EndpointAt("10.0.0.1"), OfPriority(1, EndpointAt("10.0.0.2", 1, 50)),
                               OfPriority(1, EndpointAt("10.0.0.3")),
                               OfPriority(2, EndpointAt("10.0.0.4", 1, 0))}})),
            "0 fairlead: 10.0.0.1; 1 fairlead/priority-1: 10.0.0.2*50 10.0.0.3*100");
}

// Whatever is reached: numbers without a gap, no empty locality and none twice, every address once
// and in the locality of its label.
TEST(PriorityGroups, OfAnyListAreWhatEveryClientTakes) {
  Rng rng(20260112);
  for (int round = 0; round < 500; ++round) {
    std::vector<WeighedAddress> reachable;
    std::map<std::string, int> labels;
    for (std::uint64_t i = 0, count = rng.Below(12); i < count; ++i) {
      const auto label = static_cast<int>(rng.Below(10));
      const std::string ip = "10.0.0." + std::to_string(i + 1);
      reachable.push_back({{ip, 50051}, static_cast<int>(1 + rng.Below(1000)), label});
      labels[ip] = label;
    }
    const auto assignment = Decode<ClusterLoadAssignment>(MakeEndpoints("s.p", reachable));
    std::set<std::string> localities;
    std::uint32_t number = 0;
    int label_before = -1;
    std::size_t told = 0;
    for (const auto& locality : assignment.endpoints()) {
      EXPECT_EQ(locality.priority(), number++);
      ASSERT_FALSE(locality.lb_endpoints().empty());
      EXPECT_TRUE(localities.insert(locality.locality().sub_zone()).second);
      const int label =
          labels.at(locality.lb_endpoints(0).endpoint().address().socket_address().address());
      EXPECT_LT(label_before, label);
      label_before = label;
      EXPECT_EQ(locality.locality().sub_zone(),
                label == 0 ? "" : "priority-" + std::to_string(label));
      for (const auto& endpoint : locality.lb_endpoints()) {
        EXPECT_EQ(labels.at(endpoint.endpoint().address().socket_address().address()), label);
        ++told;
      }
    }
    EXPECT_EQ(told, reachable.size());
  }
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
