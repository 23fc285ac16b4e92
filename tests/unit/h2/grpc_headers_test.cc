#include "h2/grpc_headers.h"

#include <gtest/gtest.h>

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

TEST(GrpcHeaders, OnlyGrpcOverProtobufIsAGrpcContentType) {
  for (const char* yes :
       {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"}) {
    EXPECT_TRUE(IsGrpcContentType(yes)) << yes;
  }
  for (const char* no :
       {"", "application/grpc-web", "application/grpc+json", "text/html", "application/grp"}) {
    EXPECT_FALSE(IsGrpcContentType(no)) << no;
  }
}

TEST(GrpcHeaders, TimeoutsOfEveryUnitAreRead) {
  EXPECT_EQ(ParseTimeout("2H"), Duration(2h));
  EXPECT_EQ(ParseTimeout("3M"), Duration(3min));
  EXPECT_EQ(ParseTimeout("4S"), Duration(4s));
  EXPECT_EQ(ParseTimeout("5m"), Duration(5ms));
  EXPECT_EQ(ParseTimeout("6u"), Duration(6us));
  EXPECT_EQ(ParseTimeout("7n"), Duration(7ns));
  EXPECT_EQ(ParseTimeout("99999999H"), Duration(24000h));
}

TEST(GrpcHeaders, OtherTimeoutsSayNothing) {
  for (const char* text : {"", "1", "S", "-1S", "+1S", " 1S", "1s", "123456789S", "1.5S", "1SS"}) {
    EXPECT_EQ(ParseTimeout(text), std::nullopt) << text;
  }
}

TEST(GrpcHeaders, TimeoutsAreWrittenInWholeMillisecondsRoundedUp) {
  EXPECT_EQ(FormatTimeout(1300ms), "1300m");
  EXPECT_EQ(FormatTimeout(1us), "1m");
  EXPECT_EQ(FormatTimeout(1000h), "3600000S");
}

TEST(GrpcHeaders, AStatusIsANumberFrom0To16) {
  EXPECT_EQ(ParseStatus("0"), Code::kOk);
  EXPECT_EQ(ParseStatus("16"), Code::kUnauthenticated);
  for (const char* text : {"", "17", "-1", "+1", "OK", "1 ", "000"})
    EXPECT_EQ(ParseStatus(text), std::nullopt) << text;
}

TEST(GrpcHeaders, MessagesSurviveTheWire) {
  for (const std::string& text :
       {std::string("plain"), std::string("100% \n\x01 \xc3\xa4 %41"), std::string()}) {
    EXPECT_EQ(PercentDecode(PercentEncode(text)), text);
  }
  EXPECT_EQ(PercentEncode("50%\n"), "50%25%0A");
}

TEST(GrpcHeaders, EncodingNeverCutsAnEscapeAndDecodingKeepsWhatIsNone) {
  EXPECT_EQ(PercentEncode("ab\n", 4), "ab");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("%zz%41%"), "%zzA%");
}

}  // namespace
}  // namespace fairlead::h2
