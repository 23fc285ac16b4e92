#include "config/address.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::config {
namespace {

TEST(ParseListenAddress, ReadsSocketsAndLiteralAddresses) {
  EXPECT_EQ(ParseListenAddress("unix:/run/x.sock"), (ListenAddress{.path = "/run/x.sock"}));
  EXPECT_EQ(ParseListenAddress("unix:///run/x.sock"), (ListenAddress{.path = "/run/x.sock"}));
  EXPECT_EQ(ParseListenAddress("127.0.0.1:18000"),
            (ListenAddress{.ip = "127.0.0.1", .port = 18000}));
  EXPECT_EQ(ParseListenAddress("[::1]:0"), (ListenAddress{.ip = "::1", .port = 0}));
}

TEST(ParseListenAddress, IsReadBackFromItsText) {
  for (const std::string text : {"unix:/run/x.sock", "127.0.0.1:18000", "[::1]:5"}) {
    EXPECT_EQ(ParseListenAddress(text)->Text(), text);
  }
}

TEST(ParseListenAddress, RefusesEverythingElse) {
  for (const std::string text :
       {"", ":", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:080", "localhost:80", "::1:80", "[127.0.0.1]:80", "[::1]", "1.2.3:80",
        "unix:", "unix:run/x", "/run/x.sock", "http://127.0.0.1:80", "127.0.0.1:80 "}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseListenAddress("unix:/" + std::string(kUnixPathBytesMax, 'x')).has_value());
  EXPECT_TRUE(ParseListenAddress("unix:/" + std::string(kUnixPathBytesMax - 1, 'x')).has_value());
  EXPECT_FALSE(ParseListenAddress("unix:/a\nb").has_value());
}

TEST(ParseListenAddress, SaysWhatToWriteInstead) {
  EXPECT_EQ(ParseListenAddress("/run/x.sock").error().hint, "write \"unix:/run/x.sock\"");
  EXPECT_EQ(ParseListenAddress("localhost:80").error().hint,
            "write the address itself, e.g. 127.0.0.1:80");
}

TEST(ListenAddress, KnowsLoopback) {
  for (const std::string text :
       {"unix:/x", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(ParseListenAddress(text)->is_loopback()) << text;
  }
  for (const std::string text :
       {"0.0.0.0:1", "[::]:1", "172.17.0.1:1", "128.0.0.1:1", "[::ffff:10.0.0.1]:1"}) {
    EXPECT_FALSE(ParseListenAddress(text)->is_loopback()) << text;
  }
}

TEST(ParseEngineEndpoint, ReadsSocketsAndLoopbackTcp) {
  EXPECT_EQ(ParseEngineEndpoint("unix:///var/run/docker.sock"),
            (EngineEndpoint{.path = "/var/run/docker.sock"}));
  EXPECT_EQ(ParseEngineEndpoint("tcp://127.0.0.1:2375"),
            (EngineEndpoint{.host = "127.0.0.1", .port = 2375}));
  EXPECT_EQ(ParseEngineEndpoint("tcp://localhost:2375")->Text(), "tcp://127.0.0.1:2375");
  EXPECT_EQ(ParseEngineEndpoint("tcp://[::1]:2375")->Text(), "tcp://[::1]:2375");
}

TEST(ParseEngineEndpoint, KnowsWhatStaysOnThisHost) {
  for (const std::string text :
       {"unix:///run/docker.sock", "tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"}) {
    EXPECT_TRUE(ParseEngineEndpoint(text)->is_loopback()) << text;
  }
  for (const std::string text :
       {"tcp://10.0.0.5:2376", "tcp://docker.example:2376", "tcp://[fd00::1]:2376"}) {
    EXPECT_FALSE(ParseEngineEndpoint(text)->is_loopback()) << text;
    EXPECT_EQ(ParseEngineEndpoint(text)->Text(), text);
  }
}

TEST(ParseEngineEndpoint, RefusesEverythingElse) {
  for (const std::string text : {"", "/var/run/docker.sock", "unix://", "unix://run",
                                 "http://127.0.0.1:1", "tcp://127.0.0.1", "tcp://127.0.0.1:0",
                                 "tcp://a/b:1", "tcp://a b:1", "tcp://\n:1", "ssh://x"}) {
    EXPECT_FALSE(ParseEngineEndpoint(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace fairlead::config
