#include "base/ip_text.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

TEST(IpText, OfAMappedAddressTheIpv4IsPlain) {
  EXPECT_EQ(PlainAddress("::ffff:10.0.0.1"), "10.0.0.1");
  for (const std::string other : {"10.0.0.1", "::1", "fd00::1", "::ffff:7f00:1", ""})
    EXPECT_EQ(PlainAddress(other), other);
}

TEST(IpText, LoopbackIsANetOfIpv4AndOneAddressOfIpv6) {
  for (const std::string own : {"127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "::1"})
    EXPECT_TRUE(IsLoopbackAddress(own)) << own;
  for (const std::string other : {"10.127.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::2", "12", ""})
    EXPECT_FALSE(IsLoopbackAddress(other)) << other;
}

}  // namespace
}  // namespace fairlead
