#include "docker/endpoint.h"

#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

TEST(Endpoint, UnixAndTcpAreRead) {
  const auto unix_socket = ParseEndpoint("unix:///var/run/docker.sock");
  ASSERT_TRUE(unix_socket);
  EXPECT_TRUE(unix_socket->is_unix());
  EXPECT_EQ(unix_socket->path, "/var/run/docker.sock");
  const auto tcp = ParseEndpoint("tcp://socket-proxy:2375");
  ASSERT_TRUE(tcp);
  EXPECT_FALSE(tcp->is_unix());
  EXPECT_EQ(tcp->host, "socket-proxy");
  EXPECT_EQ(tcp->port, 2375);
  const auto ipv6 = ParseEndpoint("tcp://[::1]:2375");
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
}

TEST(Endpoint, AnythingElseIsRefusedWithTheAcceptedForms) {
  const std::string long_path = "unix:///" + std::string(107, 'a');
  for (const std::string& text :
       {std::string(), std::string("/var/run/docker.sock"), std::string("unix://docker.sock"),
        std::string("unix://"), std::string("unix:///a\0b", 11), long_path,
        std::string("http://host:1"), std::string("tcp://host"), std::string("tcp://host:0"),
        std::string("tcp://host:65536"), std::string("tcp://host:-1"), std::string("tcp://:1"),
        std::string("tcp://::1:2375"), std::string("tcp://a b:1"), std::string("tcp://a/b:1"),
        std::string("tcp://host:12a")}) {
    const auto endpoint = ParseEndpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().code, Code::kInvalidArgument) << text;
    EXPECT_NE(endpoint.error().message.find("write unix:///"), std::string::npos);
  }
}

}  // namespace
}  // namespace fairlead::docker
