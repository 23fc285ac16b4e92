#include "fleet/endpoint.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

Replica Running() {
  Replica replica;
  replica.name = "api.shop/1";
  replica.facts.id = ContainerId("a1");
  replica.facts.status = EngineStatus::kRunning;
  replica.facts.network_mode = "shop_default";
  replica.facts.networks = {
      {.network = "back", .network_id = "n1", .ipv4 = "", .ipv6 = "fd00::2"},
      {.network = "front", .network_id = "n2", .ipv4 = "10.0.0.2", .ipv6 = ""}};
  replica.facts.published_tcp_ports = {
      {.container_port = 50051, .host_ip = "0.0.0.0", .host_port = 8080},
      {.container_port = 9090, .host_ip = "0.0.0.0", .host_port = 9090}};
  replica.spec.port = 50051;
  replica.spec.health.port = 50052;
  return replica;
}

TEST(Reach, ChecksGoToTheFirstIpv4AddressAndTheHealthPort) {
  const Replica replica = Running();
  const auto target = TargetOf(replica, ReachOf(replica, nullptr));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->ip, "10.0.0.2");
  EXPECT_EQ(target->port, 50052);
}

TEST(Reach, IsNarrowedToTheNetworkOfTheLabel) {
  Replica replica = Running();
  replica.spec.network = "back";
  EXPECT_EQ(ReachOf(replica, nullptr).ip(), "fd00::2");
  replica.spec.network = "elsewhere";
  EXPECT_FALSE(ReachOf(replica, nullptr).is_reachable());
  EXPECT_EQ(TargetOf(replica, ReachOf(replica, nullptr)), std::nullopt);
}

TEST(Reach, OnTheHostsNetworkItIsLoopback) {
  Replica replica = Running();
  replica.facts.network_mode = "host";
  EXPECT_EQ(ReachOf(replica, nullptr).ip(), "127.0.0.1");
  EXPECT_TRUE(EndpointOf(replica, ReachOf(replica, nullptr), false).host_network);
}

TEST(Endpoint, SaysWhereItSpeaksTlsAndWhetherItSpeaksAnythingElse) {
  Replica replica = Running();
  const auto endpoint = [&] { return EndpointOf(replica, ReachOf(replica, nullptr), false); };
  EXPECT_TRUE(endpoint().plaintext);
  EXPECT_EQ(endpoint().tls_port, 0);
  EXPECT_EQ(endpoint().published.size(), 1U);
  replica.spec.traffic.tls = {.source = spec::TlsSource::kAuto, .profile = {}, .port = 9090};
  EXPECT_FALSE(endpoint().plaintext);
  EXPECT_EQ(endpoint().tls_port, 9090);
  EXPECT_EQ(endpoint().published.size(), 2U) << "callers on the host find both";
  replica.spec.traffic.tls.mode = spec::TlsMode::kPermissive;
  EXPECT_TRUE(endpoint().plaintext);
}

TEST(Reach, InASharedNamespaceItIsTheOwners) {
  Replica replica = Running();
  const ContainerFacts owner = replica.facts;
  replica.facts.network_mode = "container:ff";
  EXPECT_EQ(NamespaceOwner(replica.facts), ContainerId("ff"));
  EXPECT_FALSE(ReachOf(replica, nullptr).is_reachable());
  EXPECT_EQ(ReachOf(replica, &owner).ip(), "10.0.0.2");
}

TEST(Reach, NobodyIsAskedWhereTheVerdictComesFromElsewhere) {
  for (const auto protocol : {spec::HealthProtocol::kNone, spec::HealthProtocol::kDocker}) {
    Replica replica = Running();
    replica.spec.health.protocol = protocol;
    EXPECT_EQ(TargetOf(replica, ReachOf(replica, nullptr)), std::nullopt);
  }
  Replica stopped = Running();
  stopped.facts.status = EngineStatus::kExited;
  EXPECT_EQ(TargetOf(stopped, ReachOf(stopped, nullptr)), std::nullopt);
}

// The replica of a host that reaches neither of its networks.
Replica OutOfReach() {
  Replica replica = Running();
  for (NetworkAddress& network : replica.facts.networks) network.is_host_routable = false;
  replica.facts.pid = 4321;
  replica.facts.pid_start_ticks = 99;
  replica.spec.health.port = 50051;
  return replica;
}

spec::CheckTarget Target(const Replica& replica) {
  return TargetOf(replica, ReachOf(replica, nullptr)).value_or(spec::CheckTarget{});
}

std::string WayCode(const Replica& replica) {
  const auto diagnostic = WayDiagnostic(replica, ReachOf(replica, nullptr));
  return diagnostic ? diagnostic->code : "";
}

TEST(CheckWay, AnAddressThatTheHostReachesIsPreferredWhateverItsFamily) {
  Replica replica = OutOfReach();
  replica.facts.networks.front().is_host_routable = true;
  EXPECT_EQ(Target(replica).ip, "fd00::2");
  EXPECT_FALSE(Target(replica).inside);
  replica.spec.network = "front";
  EXPECT_EQ(Target(replica).ip, "10.0.0.2");
  EXPECT_TRUE(Target(replica).inside) << "the label's network is the only one that counts";
}

TEST(CheckWay, WhereTheHostHasNoRouteTheSocketIsMadeInTheReplicasOwnNamespace) {
  Replica replica = OutOfReach();
  const spec::NetworkNamespace own{
      .container = replica.facts.id, .pid = 4321, .start_ticks = 99, .obstacle = ""};
  EXPECT_EQ(Target(replica).ip, "10.0.0.2");
  EXPECT_EQ(Target(replica).port, 50051);
  EXPECT_EQ(Target(replica).inside, own);
  EXPECT_EQ(WayCode(replica), "");
  // A namespace that is shared is entered by the replica's own process, never by its owner's.
  ContainerFacts owner = replica.facts;
  owner.id = ContainerId("ff");
  owner.pid = 1;
  replica.facts.network_mode = "container:ff";
  replica.facts.networks.clear();
  EXPECT_EQ(TargetOf(replica, ReachOf(replica, &owner))->inside, own);
}

TEST(CheckWay, WhereThatCannotBeEnteredAPublishedPortOfThisHostIsAsked) {
  const std::pair<std::string, std::string> rows[] = {
      {"0.0.0.0", "127.0.0.1"}, {"", "127.0.0.1"}, {"::", "::1"}, {"192.168.1.5", "192.168.1.5"}};
  for (const auto& [published, asked] : rows) {
    Replica replica = OutOfReach();
    replica.facts.namespace_obstacle = "it needs SYS_ADMIN";
    replica.facts.published_tcp_ports.front().host_ip = published;
    EXPECT_EQ(Target(replica).ip, asked);
    EXPECT_EQ(Target(replica).port, 8080);
    EXPECT_TRUE(Target(replica).is_published);
    EXPECT_FALSE(Target(replica).inside);
    EXPECT_EQ(WayCode(replica), "check-by-published-port");
  }
}

TEST(CheckWay, WithNoWayAtAllTheTargetSaysWhatIsMissing) {
  Replica replica = OutOfReach();
  replica.facts.published_tcp_ports.clear();
  replica.facts.namespace_obstacle = "it needs SYS_ADMIN";
  EXPECT_EQ(Target(replica).inside->obstacle, "it needs SYS_ADMIN");
  EXPECT_EQ(WayCode(replica), "check-no-way");
  replica.facts.namespace_obstacle.clear();
  replica.facts.pid_start_ticks = 0;
  EXPECT_NE(Target(replica).inside->obstacle, "") << "a process that is not seen is no way either";
  EXPECT_EQ(WayCode(replica), "check-no-way");
}

TEST(CheckWay, AnAddressThatIsAskedAlreadyStaysWhileItIsOneOfTheBest) {
  Replica replica = Running();
  replica.target = Target(replica);
  replica.facts.networks.insert(
      replica.facts.networks.begin(),
      {.network = "added", .network_id = "n0", .ipv4 = "10.9.0.2", .ipv6 = ""});
  EXPECT_EQ(Target(replica).ip, "10.0.0.2");
  replica.facts.networks.back().is_host_routable = false;
  EXPECT_EQ(Target(replica).ip, "10.9.0.2") << "not where a better way has come";
  replica.facts.networks.back().is_host_routable = true;
  replica.facts.started_at = "another life";
  EXPECT_EQ(Target(replica).ip, "10.9.0.2") << "not in another life";
}

TEST(Endpoint, InASharedNamespaceThePublishedPortsAreTheOwners) {
  Replica replica = Running();
  const ContainerFacts owner = replica.facts;
  replica.facts.network_mode = "container:ff";
  replica.facts.published_tcp_ports.clear();
  const Endpoint endpoint = EndpointOf(replica, ReachOf(replica, &owner), false);
  ASSERT_EQ(endpoint.published.size(), 1U);
  EXPECT_EQ(endpoint.published.front().host_port, 8080);
}

TEST(Endpoint, CarriesOnlyThePublishedPortsOfItsOwnPort) {
  const Replica replica = Running();
  const Endpoint endpoint = EndpointOf(replica, ReachOf(replica, nullptr), true);
  ASSERT_EQ(endpoint.published.size(), 1u);
  EXPECT_EQ(endpoint.published.front().host_port, 8080);
  EXPECT_EQ(endpoint.addresses.size(), 2u);
  EXPECT_TRUE(endpoint.is_panic);
}

}  // namespace
}  // namespace fairlead::fleet
