// Our server as a client without any xDS logic meets it.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "envoy/service/load_stats/v3/lrs.pb.h"
#include "integration/h2/grpc_call.h"
#include "integration/xds/discovery_fixture.h"
#include "xds/process.h"

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;
using envoy::service::discovery::v3::DeltaDiscoveryRequest;
using envoy::service::discovery::v3::DeltaDiscoveryResponse;
using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;
using h2::testing::GrpcCall;

const std::string kService = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";
const std::string kListenerUrl = "type.googleapis.com/envoy.config.listener.v3.Listener";

class RawStream : public DiscoveryFixture {
 protected:
  std::shared_ptr<grpc::Channel> Channel() { return h2::testing::Dial("unix://" + socket_path()); }
  static DiscoveryRequest FirstRequest() {
    DiscoveryRequest request;
    request.mutable_node()->set_id("raw");
    request.set_type_url(kListenerUrl);
    request.add_resource_names("user");
    return request;
  }
};

TEST_F(RawStream, GetsOneAnswerForOneRequest) {
  Start();
  Publish({});
  GrpcCall call(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(call.Send(FirstRequest().SerializeAsString()));
  DiscoveryResponse response;
  ASSERT_TRUE(response.ParseFromString(call.Receive().value_or("\x01")));
  EXPECT_EQ(response.type_url(), kListenerUrl);
  EXPECT_EQ(response.nonce(), "1");
  EXPECT_EQ(response.resources_size(), 1);
}

TEST_F(RawStream, OfAnotherMethodIsUnimplementedAndTheMessageSaysWhatIsServed) {
  Start();
  GrpcCall call(Channel(), kService + "FetchAggregatedResources");
  const grpc::Status status = call.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_NE(status.error_message().find("StreamAggregatedResources"), std::string::npos);
}

TEST_F(RawStream, OfVirtualHostsOrOfSecretsAloneIsUnimplementedOnPurpose) {
  Start();
  for (const std::string path :
       {"/envoy.service.route.v3.VirtualHostDiscoveryService/DeltaVirtualHosts",
        "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets",
        "/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets"}) {
    GrpcCall call(Channel(), path);
    EXPECT_EQ(call.End().error_code(), grpc::StatusCode::UNIMPLEMENTED) << path;
  }
}

TEST_F(RawStream, OfIncrementsGetsTheResourceWithItsNameAndVersion) {
  Start();
  Publish({});
  GrpcCall call(Channel(), kService + "DeltaAggregatedResources");
  DeltaDiscoveryRequest request;
  request.mutable_node()->set_id("raw");
  request.set_type_url(kListenerUrl);
  request.add_resource_names_subscribe("user");
  request.add_resource_names_subscribe("nobody");
  ASSERT_TRUE(call.Send(request.SerializeAsString()));
  DeltaDiscoveryResponse response;
  ASSERT_TRUE(response.ParseFromString(call.Receive().value_or("\x01")));
  EXPECT_EQ(response.type_url(), kListenerUrl);
  EXPECT_EQ(response.nonce(), "1");
  ASSERT_EQ(response.resources_size(), 1);
  EXPECT_EQ(response.resources(0).name(), "user");
  EXPECT_EQ(response.resources(0).version().size(), 16u);
  ASSERT_TRUE(response.ParseFromString(call.Receive().value_or("\x01")));
  ASSERT_EQ(response.removed_resources_size(), 1);
  EXPECT_EQ(response.removed_resources(0), "nobody");
}

TEST_F(RawStream, OfAPerTypeServiceNeedsNoTypeUrl) {
  Start();
  Publish({});
  const std::vector<std::array<std::string, 3>> services = {{"listener", "Listener", "user"},
                                                            {"route", "Route", "user.shop"},
                                                            {"cluster", "Cluster", "user.shop"},
                                                            {"endpoint", "Endpoint", "user.shop"}};
  for (const auto& [package, type, name] : services) {
    const std::string service = "/envoy.service." + package + ".v3." + type + "DiscoveryService/";
    GrpcCall whole(Channel(), service + "Stream" + type + "s");
    DiscoveryRequest request;
    request.mutable_node()->set_id("raw");
    request.add_resource_names(name);
    ASSERT_TRUE(whole.Send(request.SerializeAsString()));
    DiscoveryResponse response;
    ASSERT_TRUE(response.ParseFromString(whole.Receive().value_or("\x01")));
    EXPECT_EQ(response.resources_size(), 1) << service;

    GrpcCall increments(Channel(), service + "Delta" + type + "s");
    DeltaDiscoveryRequest edits;
    edits.mutable_node()->set_id("raw");
    edits.add_resource_names_subscribe(name);
    ASSERT_TRUE(increments.Send(edits.SerializeAsString()));
    DeltaDiscoveryResponse increment;
    ASSERT_TRUE(increment.ParseFromString(increments.Receive().value_or("\x01")));
    EXPECT_EQ(increment.resources_size(), 1) << service;
    EXPECT_EQ(increment.type_url(), response.type_url());
  }
}

TEST_F(RawStream, WithoutANodeIsInvalid) {
  Start();
  GrpcCall call(Channel(), kService + "StreamAggregatedResources");
  DiscoveryRequest request = FirstRequest();
  request.clear_node();
  ASSERT_TRUE(call.Send(request.SerializeAsString()));
  EXPECT_EQ(call.Receive(), std::nullopt);
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RawStream, OfRubbishIsInvalidAndOthersGoOn) {
  Start();
  GrpcCall good(Channel(), kService + "StreamAggregatedResources");
  GrpcCall bad(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(bad.Send("\x0A\x7F rubbish"));
  EXPECT_EQ(bad.Receive(), std::nullopt);
  EXPECT_EQ(bad.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(good.Send(FirstRequest().SerializeAsString()));
  EXPECT_NE(good.Receive(), std::nullopt);
}

TEST_F(RawStream, OfAnOldConnectionEndsWithAnErrorOnlyIfItWasNeverAnswered) {
  DiscoveryOptions options;
  options.http.connection_age_max = 1s;
  Start(options);
  Publish({});
  GrpcCall answered(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(answered.Send(FirstRequest().SerializeAsString()));
  ASSERT_NE(answered.Receive(), std::nullopt);
  EXPECT_EQ(answered.Receive(), std::nullopt);
  EXPECT_EQ(answered.End().error_code(), grpc::StatusCode::OK);
  GrpcCall silent(Channel(), kService + "StreamAggregatedResources");
  EXPECT_EQ(silent.Receive(), std::nullopt);
  const grpc::Status status = silent.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(status.error_message().find("max_connection_age"), std::string::npos);
}

TEST_F(RawStream, OfNamesThatAreNoTextIsInvalidInBothProtocols) {
  Start();
  const std::string name = "QQ.shop";  // protobuf does not write what is no text
  DiscoveryRequest request = FirstRequest();
  request.set_resource_names(0, name);
  DeltaDiscoveryRequest subscribe;
  subscribe.mutable_node()->set_id("raw");
  subscribe.set_type_url(kListenerUrl);
  DeltaDiscoveryRequest unsubscribe = subscribe;
  DeltaDiscoveryRequest held = subscribe;
  subscribe.add_resource_names_subscribe(name);
  unsubscribe.add_resource_names_unsubscribe(name);
  (*held.mutable_initial_resource_versions())[name] = "1";
  const std::string delta = "DeltaAggregatedResources";
  for (const auto& [method, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"StreamAggregatedResources", request.SerializeAsString()},
           {delta, subscribe.SerializeAsString()},
           {delta, unsubscribe.SerializeAsString()},
           {delta, held.SerializeAsString()}}) {
    GrpcCall call(Channel(), kService + method);
    std::string sent = bytes;
    sent.replace(sent.find("QQ"), 2, "\xFF\xFE");
    ASSERT_TRUE(call.Send(sent));
    EXPECT_EQ(call.Receive(), std::nullopt) << "such a name would come back in removed_resources";
    const grpc::Status status = call.End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(status.error_message().find("a name is not valid UTF-8"), std::string::npos);
  }
}

TEST_F(RawStream, ThatTheClientClosesIsAnsweredFirstWhatItAskedFor) {
  Start({}, /*opens_gate=*/false);
  Publish({});
  GrpcCall call(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(call.Send(FirstRequest().SerializeAsString()));
  ASSERT_TRUE(call.HalfClose());
  ASSERT_TRUE(WaitClients(1)) << "it is held, not ended";
  OpenGate();
  DiscoveryResponse response;
  ASSERT_TRUE(response.ParseFromString(call.Receive().value_or("\x01")));
  EXPECT_EQ(response.resources_size(), 1);
  EXPECT_EQ(call.Receive(), std::nullopt);
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::OK);
}

TEST_F(RawStream, OfIncrementsThatTheClientClosesEndsWell) {
  Start();
  Publish({});
  GrpcCall call(Channel(), kService + "DeltaAggregatedResources");
  DeltaDiscoveryRequest request;
  request.mutable_node()->set_id("raw");
  request.set_type_url(kListenerUrl);
  request.add_resource_names_subscribe("user");
  ASSERT_TRUE(call.Send(request.SerializeAsString()));
  ASSERT_NE(call.Receive(), std::nullopt);
  ASSERT_TRUE(call.HalfClose());
  EXPECT_EQ(call.Receive(), std::nullopt);
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::OK);
  EXPECT_TRUE(WaitClients(0));
}

TEST_F(RawStream, ThatTheClientClosesEndsWell) {
  Start();
  GrpcCall call(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(call.Send(FirstRequest().SerializeAsString()));
  ASSERT_NE(call.Receive(), std::nullopt);
  ASSERT_TRUE(call.HalfClose());
  EXPECT_EQ(call.Receive(), std::nullopt);
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::OK);
  EXPECT_TRUE(WaitClients(0));
}

// A stream of load reports.
class LoadReports : public RawStream {
 protected:
  static inline const std::string kPath =
      "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";
  static std::string Report(const std::string& service, std::uint64_t open) {
    envoy::service::load_stats::v3::LoadStatsRequest request;
    auto& stats = *request.add_cluster_stats();
    stats.set_cluster_name(service);
    stats.add_upstream_locality_stats()->set_total_requests_in_progress(open);
    return request.SerializeAsString();
  }
  // A client that uses the endpoints of user.shop.
  static std::string Subscription() {
    DiscoveryRequest request = FirstRequest();
    request.set_type_url("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment");
    request.set_resource_names(0, "user.shop");
    return request.SerializeAsString();
  }
};

TEST_F(LoadReports, AreAskedForWithAnIntervalAndShownWithTheClientOfTheSameConnection) {
  Start();
  Publish({});
  const std::shared_ptr<grpc::Channel> channel = Channel();
  GrpcCall discovery(channel, kService + "StreamAggregatedResources");
  ASSERT_TRUE(discovery.Send(Subscription()));
  ASSERT_NE(discovery.Receive(), std::nullopt);
  GrpcCall other(Channel(), kService + "StreamAggregatedResources");
  ASSERT_TRUE(other.Send(Subscription()));
  ASSERT_NE(other.Receive(), std::nullopt);

  GrpcCall loads(channel, kPath);
  ASSERT_TRUE(loads.Send(""));
  envoy::service::load_stats::v3::LoadStatsResponse order;
  ASSERT_TRUE(order.ParseFromString(loads.Receive().value_or("\x01")));
  EXPECT_TRUE(order.send_all_clusters());
  EXPECT_EQ(order.load_reporting_interval().seconds(), 2);
  ASSERT_TRUE(loads.Send(Report("nobody.shop", 9)));
  ASSERT_TRUE(loads.Send(Report("user.shop", 3)));
  ASSERT_TRUE(WaitLoad("user.shop", [](const auto& load) { return load.in_progress == 3; }));
  const std::vector<ClientReport> clients = Clients();
  ASSERT_EQ(clients.size(), 2u) << "a stream of loads is no client of its own";
  EXPECT_TRUE(clients[0].tells_calls);
  ASSERT_EQ(clients[0].calls.size(), 1u);
  EXPECT_EQ(clients[0].calls[0].load.calls.in_progress, 3u);
  EXPECT_FALSE(clients[1].tells_calls) << "another connection";
  EXPECT_EQ(Load("nobody.shop"), std::nullopt) << "of what does not exist nothing is kept";

  ASSERT_TRUE(loads.HalfClose());
  EXPECT_EQ(loads.Receive(), std::nullopt);
  EXPECT_EQ(loads.End().error_code(), grpc::StatusCode::OK);
  EXPECT_TRUE(WaitLoad("user.shop", [](const auto& load) { return load.in_progress == 0; }));
}

TEST_F(LoadReports, AreTakenBeforeTheGateOpensToo) {
  Start({}, /*opens_gate=*/false);
  GrpcCall loads(Channel(), kPath);
  ASSERT_TRUE(loads.Send(""));
  EXPECT_NE(loads.Receive(), std::nullopt);
}

TEST_F(LoadReports, OfRubbishOrTooManyEndTheirStreamAlone) {
  DiscoveryOptions options;
  options.load.reports_per_minute_max = 2;
  Start(options);
  const std::shared_ptr<grpc::Channel> channel = Channel();
  GrpcCall rubbish(channel, kPath);
  ASSERT_TRUE(rubbish.Send("\x12\x7F rubbish"));
  EXPECT_EQ(rubbish.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  GrpcCall busy(channel, kPath);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(busy.Send(""));
  EXPECT_NE(busy.Receive(), std::nullopt);
  EXPECT_EQ(busy.Receive(), std::nullopt);
  EXPECT_EQ(busy.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(LoadReports, OnAnOldConnectionEndWithOk) {
  DiscoveryOptions options;
  options.http.connection_age_max = 1s;
  Start(options);
  GrpcCall loads(Channel(), kPath);
  ASSERT_TRUE(loads.Send(""));
  ASSERT_NE(loads.Receive(), std::nullopt);
  EXPECT_EQ(loads.Receive(), std::nullopt);
  EXPECT_EQ(loads.End().error_code(), grpc::StatusCode::OK);
}

TEST(FindProcess, SeesTheLivingAndNeitherZombiesNorTheDead) {
  const std::optional<Process> self = FindProcess(getpid());
  ASSERT_TRUE(self.has_value());
  EXPECT_EQ(FindProcess(getpid()), self);
  EXPECT_GT(self->started, 0u);
  EXPECT_EQ(FindProcess(0), std::nullopt);
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(FindProcess(child), std::nullopt) << "a zombie";
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(FindProcess(child), std::nullopt);
}

}  // namespace
}  // namespace fairlead::xds::testing
