// What a host reaches of a container, and sockets inside, between two real network namespaces.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "integration/netdiag/two_namespaces.h"
#include "netdiag/direct_work.h"
#include "netdiag/namespace_socket.h"
#include "netdiag/reach.h"
#include "netdiag/socket_table.h"

namespace fairlead::netdiag::testing {
namespace {

constexpr SocketKind kTcp = {AF_INET, SOCK_STREAM, 0};

class Namespaces : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!both_.obstacle().empty()) GTEST_SKIP() << both_.obstacle();
  }

  std::vector<bool> Reached(const std::vector<std::string>& ips) {
    ContainerFacts facts = both_.Facts(ips);
    NoteReach(work_, facts);
    EXPECT_EQ(facts.namespace_obstacle, "");
    EXPECT_NE(facts.pid_start_ticks, 0U);
    std::vector<bool> reached;
    for (const NetworkAddress& network : facts.networks)
      reached.push_back(network.is_host_routable);
    return reached;
  }

  TwoNamespaces both_;
  DirectWork work_;
};

sockaddr_in At(const std::string& ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

// A server inside the container.
class Server {
 public:
  Server(const spec::NetworkNamespace& place, const std::string& ip) {
    auto made = SocketIn(place, kTcp);
    if (!made) return;
    socket_ = std::move(*made);
    sockaddr_in address = At(ip, 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), 8), 0);
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }

 private:
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
};

// 0, or the errno of a connect() with that socket.
int Connect(int socket, const std::string& ip, std::uint16_t port) {
  const sockaddr_in address = At(ip, port);
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  return connect(socket, plain, sizeof address) == 0 ? 0 : errno;
}

TEST_F(Namespaces, OnlyAnAddressOnANetworkOfTheHostsIsReached) {
  ASSERT_TRUE(both_.Join());
  EXPECT_EQ(Reached({"10.9.1.2", "10.9.3.2", "fd00:9::2"}),
            (std::vector<bool>{true, false, false}));
  ASSERT_TRUE(both_.OnHost("route add default via 10.9.1.9"));
  ASSERT_TRUE(both_.OnHost("-6 addr add fd00:9::1/64 dev host1 nodad"));
  EXPECT_EQ(Reached({"10.9.1.2", "10.9.3.2", "fd00:9::2"}), (std::vector<bool>{true, false, true}))
      << "what goes the default way is somebody else's";
  ASSERT_TRUE(both_.OnHost("addr del 10.9.1.1/24 dev host1"));
  EXPECT_EQ(Reached({"10.9.1.2"}), std::vector<bool>{false});
}

TEST_F(Namespaces, AMacvlanInterfaceIsNotReachedThoughItsSubnetIsTheHosts) {
  ASSERT_TRUE(both_.OnHost("link add wire type veth peer name wire-end"));
  ASSERT_TRUE(both_.OnHost("addr add 10.9.2.1/24 dev wire"));
  ASSERT_TRUE(both_.OnHost("link set wire up"));
  if (!both_.OnHost("link add link wire name mac0 type macvlan mode bridge"))
    GTEST_SKIP() << "this kernel has no macvlan";
  ASSERT_TRUE(both_.OnHost("link set mac0 netns " + std::to_string(both_.pid())));
  ASSERT_TRUE(both_.InContainer("addr add 10.9.2.2/24 dev mac0"));
  ASSERT_TRUE(both_.InContainer("link set mac0 up"));
  EXPECT_EQ(Reached({"10.9.2.2"}), std::vector<bool>{false});
  // The usual remedy: an interface of the host's own beside it, and a route over that.
  ASSERT_TRUE(both_.OnHost("link add link wire name shim type macvlan mode bridge"));
  ASSERT_TRUE(both_.OnHost("link set shim up"));
  ASSERT_TRUE(both_.OnHost("route add 10.9.2.2/32 dev shim"));
  EXPECT_EQ(Reached({"10.9.2.2"}), std::vector<bool>{true});
}

TEST_F(Namespaces, ASocketMadeInsideReachesTheContainersOwnAddress) {
  ASSERT_TRUE(both_.Join());
  ASSERT_TRUE(both_.OnHost("addr del 10.9.1.1/24 dev host1"));
  const Server server(both_.place(), "10.9.1.2");
  const auto inside = SocketIn(both_.place(), kTcp);
  ASSERT_TRUE(inside) << inside.error().Text();
  EXPECT_EQ(Connect(inside->get(), "10.9.1.2", server.port()), 0);
  const FileDescriptor outside(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(Connect(outside.get(), "10.9.1.2", server.port()), ENETUNREACH);
}

TEST_F(Namespaces, AServerThatListensOnLoopbackOnlyIsRefusedFromInsideToo) {
  ASSERT_TRUE(both_.Join());
  const Server server(both_.place(), "127.0.0.1");
  const auto inside = SocketIn(both_.place(), kTcp);
  ASSERT_TRUE(inside) << inside.error().Text();
  EXPECT_EQ(Connect(inside->get(), "10.9.1.2", server.port()), ECONNREFUSED);
}

TEST_F(Namespaces, ConnectionsThatWeMadeFromInsideAreNoCallers) {
  ASSERT_TRUE(both_.Join());
  const Server server(both_.place(), "10.9.1.2");
  const auto ours = SocketIn(both_.place(), kTcp);
  ASSERT_TRUE(ours) << ours.error().Text();
  ASSERT_EQ(Connect(ours->get(), "10.9.1.2", server.port()), 0);
  const auto callers = ConnectionsTo(work_, both_.place().container, both_.pid(), server.port());
  ASSERT_TRUE(callers) << callers.error().Text();
  EXPECT_TRUE(callers->empty());
}

TEST_F(Namespaces, AReusedPidNeverGetsOurSocket) {
  spec::NetworkNamespace reused = both_.place();
  ++reused.start_ticks;
  EXPECT_EQ(SocketIn(reused, kTcp).error().code, Code::kNotFound);
  spec::NetworkNamespace strange = both_.place();
  strange.container = ContainerId(std::string(64, 'f'));
  EXPECT_EQ(SocketIn(strange, kTcp).error().code, Code::kNotFound);
  spec::NetworkNamespace none = both_.place();
  none.pid = 0;
  EXPECT_EQ(SocketIn(none, kTcp).error().code, Code::kNotFound);
}

TEST_F(Namespaces, TheCallersThreadStaysWhereItIs) {
  const auto here = std::filesystem::read_symlink("/proc/thread-self/ns/net");
  ASSERT_TRUE(SocketIn(both_.place(), kTcp));
  EXPECT_EQ(std::filesystem::read_symlink("/proc/thread-self/ns/net"), here);
}

TEST_F(Namespaces, WhatCannotBeEnteredIsSaidAndTheRoutesStillCount) {
  ASSERT_TRUE(both_.Join());
  ContainerFacts facts = both_.Facts({"10.9.1.2", "10.9.3.2"});
  facts.id = ContainerId(std::string(64, 'f'));
  NoteReach(work_, facts);
  EXPECT_NE(facts.namespace_obstacle, "");
  EXPECT_TRUE(facts.networks[0].is_host_routable);
  EXPECT_FALSE(facts.networks[1].is_host_routable);
}

}  // namespace
}  // namespace fairlead::netdiag::testing
