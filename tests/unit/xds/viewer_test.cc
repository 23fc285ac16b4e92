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

const Viewer kAtHost;

TEST(AddressForTheHost, IsTheContainersFirstIpv4AndOnlyThenAnIpv6) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "", .ipv6 = "fd00::1"},
                        {.network = "b", .network_id = "2", .ipv4 = "10.0.0.2", .ipv6 = "fd00::2"}};
  EXPECT_EQ(Seen(kAtHost, endpoint), "10.0.0.2 80");
  endpoint.addresses[1].ipv4.clear();
  EXPECT_EQ(Seen(kAtHost, endpoint), "fd00::1 80");
}

TEST(AddressForTheHost, OfAReplicaOnTheHostsNetworkIsLoopback) {
  fleet::Endpoint endpoint = Bare();
  endpoint.host_network = true;
  EXPECT_EQ(Seen(kAtHost, endpoint), "127.0.0.1 80");
}

TEST(AddressForTheHost, FallsBackToThePublishedPort) {
  fleet::Endpoint endpoint = Bare();
  endpoint.published = {{.container_port = 81, .host_ip = "0.0.0.0", .host_port = 8081},
                        {.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(Seen(kAtHost, endpoint), "127.0.0.1 8080");
  endpoint.published[1].host_ip = "192.0.2.7";
  EXPECT_EQ(Seen(kAtHost, endpoint), "192.0.2.7 8080");
  endpoint.published[1].host_port = 0;
  EXPECT_EQ(Seen(kAtHost, endpoint), "unreachable");
}

TEST(AddressForTheHost, PrefersAPortPublishedOnIpv4AndTakesOneOnIpv6) {
  fleet::Endpoint endpoint = Bare();
  endpoint.published = {{.container_port = 80, .host_ip = "::", .host_port = 8080}};
  EXPECT_EQ(Seen(kAtHost, endpoint), "::1 8080");
  endpoint.published[0].host_ip = "fd00::9";
  EXPECT_EQ(Seen(kAtHost, endpoint), "fd00::9 8080");
  endpoint.published.push_back({.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8081});
  EXPECT_EQ(Seen(kAtHost, endpoint), "127.0.0.1 8081");
  endpoint.published = {{.container_port = 80, .host_ip = "a-name", .host_port = 8080}};
  EXPECT_EQ(Seen(kAtHost, endpoint), "unreachable");
}

TEST(AddressForTheHost, IsNeverOneThatItHasNoRouteTo) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "macvlan",
                         .network_id = "1",
                         .ipv4 = "10.0.0.1",
                         .ipv6 = "",
                         .is_host_routable = false},
                        {.network = "bridge", .network_id = "2", .ipv4 = "", .ipv6 = "fd00::2"}};
  endpoint.published = {{.container_port = 80, .host_ip = "", .host_port = 8080}};
  EXPECT_EQ(Seen(kAtHost, endpoint), "fd00::2 80");
  EXPECT_EQ(Seen({.network_ids = {{"1"}}}, endpoint), "10.0.0.1 80") << "the neighbour has one";
  endpoint.addresses[1].is_host_routable = false;
  EXPECT_EQ(Seen(kAtHost, endpoint), "127.0.0.1 8080");
  endpoint.published.clear();
  EXPECT_EQ(Seen(kAtHost, endpoint), "unreachable");
}

TEST(AddressForAContainer, IsIpv4FirstAmongTheSharedNetworksElseIpv6) {
  const fleet::Endpoint endpoint =
      EndpointOn({{"1", "fd00::1"}, {"2", "10.0.0.2"}, {"3", "fd00::3"}});
  EXPECT_EQ(Seen({.network_ids = {{"1", "2", "3"}}}, endpoint), "10.0.0.2 50051");
  EXPECT_EQ(Seen({.network_ids = {{"1", "3"}}}, endpoint), "fd00::1 50051");
  EXPECT_EQ(Seen({.network_ids = std::set<std::string>()}, endpoint), "unreachable");
}

TEST(AddressForAContainer, OfAReplicaOnTheHostsNetworkIsNone) {
  fleet::Endpoint endpoint = Bare();
  endpoint.host_network = true;
  EXPECT_EQ(Seen({.network_ids = {{"1"}}}, endpoint), "unreachable");
}

// "10.0.0.1 10.0.0.2"
std::string TakingCalls(const Viewer& viewer, const fleet::ServiceView& view) {
  std::string text;
  for (const WeighedAddress& one : FirstGroup(Reachable(viewer, view))) {
    text += (text.empty() ? "" : " ") + one.address.ip;
  }
  return text;
}

TEST(FirstGroup, HoldsThoseOfTheSmallestPriorityThatTheViewerReaches) {
  const fleet::ServiceView view =
      SampleView{.endpoints = {OfPriority(1, EndpointOn({{"1", "10.0.0.1"}, {"2", "10.0.1.1"}})),
                               EndpointOn({{"1", "10.0.0.2"}}), EndpointOn({{"1", "10.0.0.3"}}),
                               OfPriority(2, EndpointOn({{"2", "10.0.1.2"}}))}};
  EXPECT_EQ(TakingCalls({.network_ids = {{"1"}}}, view), "10.0.0.2 10.0.0.3");
  EXPECT_EQ(TakingCalls({.network_ids = {{"2"}}}, view), "10.0.1.1");
  EXPECT_EQ(TakingCalls({.network_ids = {{"3"}}}, view), "");
  EXPECT_EQ(TakingCalls(kAtHost, view), "10.0.0.2 10.0.0.3");
}

TEST(LeftOut, NamesTheReplicasThatTheViewerCannotReach) {
  const fleet::ServiceView view =
      SampleView{.endpoints = {EndpointOn({{"1", "10.0.0.1"}}), EndpointOn({{"2", "10.0.1.1"}}),
                               EndpointOn({{"1", "10.0.0.2"}, {"2", "10.0.1.2"}})}};
  EXPECT_EQ(LeftOut({.network_ids = {{"1"}}}, view), (std::vector<std::string>{"at 10.0.1.1"}));
  EXPECT_EQ(LeftOut({.network_ids = {{"3"}}}, view).size(), 3u);
  EXPECT_EQ(LeftOut(kAtHost, view).size(), 0u);
}

TEST(AddressForAContainer, IsTheOneOnASharedNetworkOrNone) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "10.0.0.1", .ipv6 = ""},
                        {.network = "b", .network_id = "2", .ipv4 = "10.0.1.1", .ipv6 = ""}};
  endpoint.published = {{.container_port = 80, .host_ip = "", .host_port = 8080}};
  EXPECT_EQ(Seen({.network_ids = {{"2", "3"}}}, endpoint), "10.0.1.1 80");
  EXPECT_EQ(Seen({.network_ids = {{"3"}}}, endpoint), "unreachable");
}

TEST(AddressOffTheHost, IsAPublishedPortAtTheAddressByWhichTheClientHasCome) {
  const Viewer by_v4{.host_address = "192.0.2.7"};
  const Viewer by_v6{.host_address = "2001:db8::7"};
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "a", .network_id = "1", .ipv4 = "10.0.0.1", .ipv6 = ""}};
  EXPECT_EQ(Seen(by_v4, endpoint), "unreachable") << "never a container's";
  endpoint.published = {{.container_port = 81, .host_ip = "0.0.0.0", .host_port = 8081},
                        {.container_port = 80, .host_ip = "127.0.0.1", .host_port = 8082},
                        {.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(Seen(by_v4, endpoint), "192.0.2.7 8080");
  EXPECT_EQ(Seen(by_v6, endpoint), "unreachable") << "nothing says which IPv4 address it reaches";
  endpoint.published[2].host_ip = "";
  EXPECT_EQ(Seen(by_v4, endpoint), "192.0.2.7 8080");
  endpoint.published[2].host_ip = "::";
  EXPECT_EQ(Seen(by_v6, endpoint), "2001:db8::7 8080");
  EXPECT_EQ(Seen(by_v4, endpoint), "unreachable");
}

TEST(AddressOffTheHost, IsElseOneThatThePortIsPublishedUnderAndNeverLoopback) {
  const Viewer viewer{.host_address = "192.0.2.7"};
  fleet::Endpoint endpoint = Bare();
  endpoint.published = {{.container_port = 80, .host_ip = "198.51.100.1", .host_port = 8080}};
  EXPECT_EQ(Seen(viewer, endpoint), "198.51.100.1 8080");
  endpoint.published.push_back({.container_port = 80, .host_ip = "192.0.2.7", .host_port = 8081});
  EXPECT_EQ(Seen(viewer, endpoint), "192.0.2.7 8081");
  for (const std::string loopback : {"127.0.0.1", "127.0.0.2", "::1"}) {
    endpoint.published = {{.container_port = 80, .host_ip = loopback, .host_port = 8080}};
    EXPECT_EQ(Seen(viewer, endpoint), "unreachable") << loopback;
  }
}

TEST(AddressOffTheHost, OfAReplicaOnTheHostsNetworkIsTheHosts) {
  fleet::Endpoint endpoint = Bare();
  endpoint.host_network = true;
  EXPECT_EQ(Seen({.host_address = "192.0.2.7"}, endpoint), "192.0.2.7 80");
}

TEST(Reachable, HasNothingOfAProjectThatTheViewerDoesNotSee) {
  const fleet::ServiceView view = SampleView{.endpoints = {EndpointAt("10.0.0.1")}};
  Viewer viewer;
  EXPECT_EQ(Reachable(viewer, view).size(), 1u);
  viewer.projects = {{"media", "shop"}};
  EXPECT_EQ(Reachable(viewer, view).size(), 1u);
  viewer.projects = {{"media"}};
  EXPECT_EQ(Reachable(viewer, view).size(), 0u);
}

TEST(Sights, TellWhatClientsOffTheHostGet) {
  fleet::Endpoint endpoint = Bare();
  const auto last = [&] { return SightsOf(endpoint).back(); };
  endpoint.published = {{.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(last(), (fleet::Sight{"clients off the host", "HOST:8080", "published port"}));
  endpoint.published[0].host_ip = "192.0.2.7";
  EXPECT_EQ(last().address, "192.0.2.7:8080");
  endpoint.published[0].host_ip = "127.0.0.1";
  EXPECT_EQ(last().address, "");
  endpoint.host_network = true;
  EXPECT_EQ(last().address, "HOST:80");
}

// A permissive replica has callers on both of its ports.
TEST(AddressesOf, AreThoseOfCallersInPlaintextAndOverTls) {
  fleet::Endpoint endpoint = Bare();
  endpoint.tls_port = 443;
  endpoint.addresses = {{.network = "front", .network_id = "1", .ipv4 = "10.0.0.2", .ipv6 = ""},
                        {.network = "back",
                         .network_id = "2",
                         .ipv4 = "",
                         .ipv6 = "fd00::2",
                         .is_host_routable = false}};
  endpoint.published = {{.container_port = 443, .host_ip = "192.0.2.7", .host_port = 8443},
                        {.container_port = 80, .host_ip = "", .host_port = 8080}};
  using Set = std::set<std::string>;
  EXPECT_EQ(AddressesOf(endpoint), (Set{"10.0.0.2:80", "[fd00::2]:80", "10.0.0.2:443",
                                        "[fd00::2]:443", "192.0.2.7:8443"}));
  endpoint.plaintext = false;
  EXPECT_EQ(AddressesOf(endpoint), (Set{"10.0.0.2:443", "[fd00::2]:443", "192.0.2.7:8443"}));
  endpoint.tls_port = 0;
  EXPECT_EQ(AddressesOf(endpoint), Set{});
  endpoint.plaintext = true;
  endpoint.addresses = {};
  EXPECT_EQ(AddressesOf(endpoint), Set{"127.0.0.1:8080"});
}

TEST(IsIpLiteral, TakesAddressesAndNothingElse) {
  EXPECT_TRUE(IsIpLiteral("10.0.0.1"));
  EXPECT_TRUE(IsIpLiteral("fd00::1"));
  for (const std::string text :
       {"", "localhost", "10.0.0", "10.0.0.1:80", "10.0.0.256", " 10.0.0.1"}) {
    EXPECT_FALSE(IsIpLiteral(text)) << text;
  }
}

TEST(Sights, TellWhoGetsWhichAddressAndWhoIsLeftOut) {
  fleet::Endpoint endpoint = Bare();
  endpoint.addresses = {{.network = "front", .network_id = "1", .ipv4 = "10.0.0.2", .ipv6 = ""},
                        {.network = "back",
                         .network_id = "2",
                         .ipv4 = "",
                         .ipv6 = "fd00::2",
                         .is_host_routable = false}};
  EXPECT_EQ(SightsOf(endpoint),
            (std::vector<fleet::Sight>{
                {"the host", "10.0.0.2:80", "the host has a route to it"},
                {"containers on front", "10.0.0.2:80", "its address on that network"},
                {"containers on back", "[fd00::2]:80", "its address on that network"},
                {"containers elsewhere", "", "they share no network with it"},
                {"clients off the host", "", "its port is not published for them"}}));
  endpoint.priority = 1;
  EXPECT_EQ(SightsOf(endpoint).front().source, "the host has a route to it, of priority 1");
  EXPECT_EQ(SightsOf(endpoint)[2].source, "its address on that network, of priority 1");
  EXPECT_EQ(SightsOf(endpoint)[3].source, "they share no network with it");
  endpoint.priority = 0;
  endpoint.addresses.erase(endpoint.addresses.begin());
  EXPECT_EQ(SightsOf(endpoint).front().address, "");
  endpoint.published = {{.container_port = 80, .host_ip = "0.0.0.0", .host_port = 8080}};
  EXPECT_EQ(SightsOf(endpoint).front(),
            (fleet::Sight{"the host", "127.0.0.1:8080", "published port"}));
  endpoint.host_network = true;
  EXPECT_EQ(SightsOf(endpoint).front().source, "it is on the host's own network");
}

}  // namespace
}  // namespace fairlead::xds
