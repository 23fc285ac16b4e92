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
