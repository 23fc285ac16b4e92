#include "rest/grpc_timeout.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::rest {
namespace {

using namespace std::chrono_literals;

TEST(GrpcTimeout, IsDigitsAndAUnit) {
  EXPECT_EQ(ParseGrpcTimeout("10S"), Duration(10s));
  EXPECT_EQ(ParseGrpcTimeout("250m"), Duration(250ms));
  EXPECT_EQ(ParseGrpcTimeout("1H"), Duration(1h));
  EXPECT_EQ(ParseGrpcTimeout("2M"), Duration(2min));
  EXPECT_EQ(ParseGrpcTimeout("7u"), Duration(7us));
  EXPECT_EQ(ParseGrpcTimeout("0n"), Duration(0));
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), Duration(24h));
}

TEST(GrpcTimeout, OfAnyOtherKindIsNone) {
  for (const std::string text : {"", "S", "10", "10s", "-1S", "+1S", "1 S", "1.5S", "123456789S"})
    EXPECT_EQ(ParseGrpcTimeout(text), std::nullopt) << text;
}

}  // namespace
}  // namespace fairlead::rest
