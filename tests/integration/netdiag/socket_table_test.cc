#include "netdiag/socket_table.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netdiag/direct_work.h"

namespace fairlead::netdiag {
namespace {

// A TCP connection over loopback, both ends in this process.
class LoopbackConnection {
 public:
  LoopbackConnection() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    client_ = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(client_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    client_port_ = ntohs(address.sin_port);
    server_ = accept(listener_, nullptr, nullptr);
  }
  ~LoopbackConnection() {
    close(server_);
    close(client_);
    close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::uint16_t client_port() const { return client_port_; }
  int client() const { return client_; }

 private:
  int listener_ = -1;
  int client_ = -1;
  int server_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t client_port_ = 0;
};

TEST(SocketTable, ShowsTheServersEndOfAConnection) {
  const LoopbackConnection connection;
  const auto found = ConnectionsHere(connection.port());
  ASSERT_TRUE(found) << found.error().Text();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().remote_ip, "127.0.0.1");
  EXPECT_EQ(found->front().remote_port, connection.client_port());
}

TEST(SocketTable, CountsWhatTheServerHasNotRead) {
  const LoopbackConnection connection;
  ASSERT_EQ(send(connection.client(), "12345", 5, 0), 5);
  const auto found = ConnectionsHere(connection.port());
  ASSERT_TRUE(found) << found.error().Text();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().receive_queue_bytes, 5U);
}

TEST(SocketTable, IsEmptyForAPortWithoutConnections) {
  std::uint16_t port = 0;
  {
    const LoopbackConnection gone;
    port = gone.port();
  }
  const auto found = ConnectionsHere(port);
  ASSERT_TRUE(found) << found.error().Text();
  EXPECT_TRUE(found->empty());
}

TEST(SocketTable, KnowsWhichConnectionsAreOurOwn) {
  const LoopbackConnection connection;
  const auto ports = OwnPortsTo("127.0.0.1", connection.port());
  ASSERT_TRUE(ports) << ports.error().Text();
  EXPECT_EQ(*ports, std::set<std::uint16_t>{connection.client_port()});
  EXPECT_TRUE(OwnPortsTo("127.0.0.2", connection.port())->empty());
}

TEST(SocketTable, RefusesAProcessThatIsNotTheContainers) {
  DirectWork work;
  const auto found = ConnectionsTo(work, ContainerId(std::string(64, 'f')), getpid(), 80);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kNotFound);
  EXPECT_EQ(ConnectionsTo(work, ContainerId("x"), 0, 80).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fairlead::netdiag
