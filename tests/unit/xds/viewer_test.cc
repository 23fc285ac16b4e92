#include "xds/viewer.h"

#include <gtest/gtest.h>

#include "sample_view.h"

namespace fairlead::xds {
namespace {

std::string Seen(const Viewer& viewer, const fleet::Endpoint& endpoint) {
  const auto address = AddressFor(viewer, endpoint);
  return address ? address->ip + " " + std::to_string(address->port) : "unreachable";
}

fleet::Endpoint Bare() {
  fleet::Endpoint endpoint;
  endpoint.port = 80;
  return endpoint;
}

const Viewer kHost;

TEST(AddressForTheHost, IsTheContainersFirstIpv4AndOnlyThenAnIpv6) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "", .ipv6 = "fd00::1"},
                        {.network = "b", .network_id = "2", .ipv4 = "10.0.0.2", .ipv6 = "fd00::2"}};
  EXPECT_EQ(Seen(kHost, endpoint), "10.0.0.2 80");
  endpoint.addresses[1].ipv4.clear();
  EXPECT_EQ(Seen(kHost, endpoint), "fd00::1 80");
}

TEST(AddressForTheHost, OfAReplicaOnTheHostsNetworkIsLoopback) {
  fleet::Endpoint endpoint = Bare();
  endpoint.host_network = true;
  EXPECT_EQ(Seen(kHost, endpoint), "127.0.0.1 80");
}

TEST(AddressForTheHost, FallsBackToThePublishedPort) {
  fleet::Endpoint endpoint = Bare();
  endpoint.published = {{.container_port = 81, .host_ip = "0.0.0.0", .host_port = 8081},
                        {.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(Seen(kHost, endpoint), "127.0.0.1 8080");
  endpoint.published[1].host_ip = "192.0.2.7";
  EXPECT_EQ(Seen(kHost, endpoint), "192.0.2.7 8080");
  endpoint.published[1].host_port = 0;
  EXPECT_EQ(Seen(kHost, endpoint), "unreachable");
}

TEST(AddressForTheHost, IsOneThatTheHostHasARouteTo) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "10.0.0.2", .ipv6 = ""},
                        {.network = "b", .network_id = "2", .ipv4 = "", .ipv6 = "fd00::2"}};
  endpoint.addresses[0].is_host_routable = false;
  EXPECT_EQ(Seen(kHost, endpoint), "fd00::2 80");
  EXPECT_EQ(Seen({.network_ids = {{"1"}}}, endpoint), "10.0.0.2 80")
      << "whoever is on that network needs no route of the host's";
  endpoint.addresses[1].is_host_routable = false;
  EXPECT_EQ(Seen(kHost, endpoint), "unreachable");
  endpoint.published = {{.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(Seen(kHost, endpoint), "127.0.0.1 8080");
}

TEST(AddressForAContainer, IsTheOneOnASharedNetworkOrNone) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "10.0.0.1", .ipv6 = ""},
                        {.network = "b", .network_id = "2", .ipv4 = "10.0.1.1", .ipv6 = ""}};
  endpoint.published = {{.container_port = 80, .host_ip = "", .host_port = 8080}};
  EXPECT_EQ(Seen({.network_ids = {{"2", "3"}}}, endpoint), "10.0.1.1 80");
  EXPECT_EQ(Seen({.network_ids = {{"3"}}}, endpoint), "unreachable");
}

TEST(IsIpLiteral, TakesAddressesAndNothingElse) {
  EXPECT_TRUE(IsIpLiteral("10.0.0.1"));
  EXPECT_TRUE(IsIpLiteral("fd00::1"));
  for (const std::string text :
       {"", "localhost", "10.0.0", "10.0.0.1:80", "10.0.0.256", " 10.0.0.1"}) {
    EXPECT_FALSE(IsIpLiteral(text)) << text;
  }
}

}  // namespace
}  // namespace fairlead::xds
