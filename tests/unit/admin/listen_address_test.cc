#include "admin/listen_address.h"

#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

TEST(ListenAddress, UnixSocketsAndLoopbackAreTaken) {
  for (const char* text : {"unix:/run/a.sock", "unix:///run/a.sock"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(address->is_unix);
    EXPECT_EQ(address->path, "/run/a.sock");
    EXPECT_EQ(address->text, "unix:/run/a.sock");
  }
  for (const char* text : {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:18001"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->is_unix);
    EXPECT_TRUE(address->is_loopback);
    EXPECT_EQ(address->text, text);
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.1.2.3:18001"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->is_loopback) << text;
  }
}

TEST(ListenAddress, EverythingElseIsAnInvalidArgument) {
  for (const std::string& text :
       {std::string(), std::string("unix:"), std::string("unix:a.sock"), std::string("unix://a"),
        std::string("10.0.0.256:1"), std::string("127.0.0.1"), std::string("127.0.0.1:"),
        std::string("127.0.0.1:65536"), std::string("127.0.0.1:1x"), std::string("localhost:1"),
        std::string("::1:1"), std::string("[127.0.0.1]:1"), "unix:/" + std::string(107, 'a')}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Code::kInvalidArgument) << text;
  }
  EXPECT_TRUE(ParseListenAddress("unix:/" + std::string(106, 'a')));
}

}  // namespace
}  // namespace fairlead::admin
