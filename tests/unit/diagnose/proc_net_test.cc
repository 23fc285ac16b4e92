#include "diagnose/proc_net.h"

#include <gtest/gtest.h>

namespace fairlead::diagnose {
namespace {

TEST(TcpTable, IsReadAsTheKernelWritesIt) {
  const std::vector<TcpSocket> sockets = ReadTcpTable(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
      "   0: 0100007F:C383 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
      "   1: 020011AC:8D2C 030011AC:C383 01 00000000:00000000 00:00000000 00000000     0\n");
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_EQ(sockets[0], (TcpSocket{.local_ip = "127.0.0.1",
                                   .local_port = 50051,
                                   .remote_ip = "0.0.0.0",
                                   .remote_port = 0,
                                   .state = kTcpListening}));
  EXPECT_EQ(sockets[1].local_ip, "172.17.0.2");
  EXPECT_EQ(sockets[1].remote_ip, "172.17.0.3");
  EXPECT_EQ(sockets[1].state, kTcpEstablished);
}

TEST(TcpTable, Ipv6AddressesAndThoseThatAreIpv4InIt) {
  const std::vector<TcpSocket> sockets = ReadTcpTable(
      "   0: 00000000000000000000000000000000:C383 00000000000000000000000000000000:0000 0A\n"
      "   1: 0000000000000000FFFF0000020011AC:C383 0000000000000000FFFF0000030011AC:8D2C 01\n"
      "   2: 00000000000000000000000001000000:C383 00000000000000000000000000000000:0000 0A\n");
  ASSERT_EQ(sockets.size(), 3U);
  EXPECT_EQ(sockets[0].local_ip, "::");
  EXPECT_EQ(sockets[1].local_ip, "172.17.0.2");
  EXPECT_EQ(sockets[1].remote_ip, "172.17.0.3");
  EXPECT_EQ(sockets[2].local_ip, "::1");
}

TEST(TcpTable, PassesOverWhatIsNoLine) {
  for (const char* text : {"", "\n\n", "0:", "0: x y z", "0: 0100007F:C383", "0: 01:C3 02:C4 0A",
                           "0: 0100007G:C383 00000000:0000 0A", "0: 0100007F:C3831 00000000:0 0A",
                           "0: 0100007F:C383 00000000:0000 XX"})
    EXPECT_TRUE(ReadTcpTable(text).empty()) << text;
}

}  // namespace
}  // namespace fairlead::diagnose
