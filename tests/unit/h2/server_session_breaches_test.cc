// Each rule of RFC 9113 whose breach ends the connection. The numbers are sections of the RFC.
#include <gtest/gtest.h>

#include <string>

#include "unit/h2/session_talk.h"

namespace fairlead::h2::testing {
namespace {

// --- breaches that end the connection ------------------------------------------------------

struct Breach {
  const char* name;
  std::string bytes;  // after the greeting and with stream 1 open
  Http2Error error;
};
class BreachOf : public ServerSessionTest, public ::testing::WithParamInterface<Breach> {};

TEST_P(BreachOf, EndsTheConnection) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  EXPECT_EQ(ErrorOf(GetParam().bytes), GetParam().error);
  EXPECT_TRUE(session_->is_over());
  EXPECT_FALSE(Feed(Frame(kPing, 0, 0, "12345678"))) << "nothing more is heard";
}

std::string Head(unsigned length, unsigned type) {
  return {static_cast<char>(length >> 16),
          static_cast<char>(length >> 8),
          static_cast<char>(length),
          static_cast<char>(type),
          0,
          0,
          0,
          0,
          1};
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9113, BreachOf,
    ::testing::Values(
        Breach{"AFrameOverSixteenKib", Head(16'385, kData), Http2Error::kFrameSize},
        Breach{"DataOfNoStream", Frame(kData, 0, 0, "x"), Http2Error::kProtocol},
        Breach{"DataOfAStreamNotBegun", Frame(kData, 0, 5, "x"), Http2Error::kProtocol},
        Breach{"DataOfAnEvenStream", Frame(kData, 0, 2, "x"), Http2Error::kProtocol},
        Breach{"DataAfterTheEnd", Frame(kData, kEndStream, 1, "x") + Frame(kData, 0, 1, "x"),
               Http2Error::kStreamClosed},
        Breach{"DataOfMorePaddingThanFrame", Frame(kData, kPadded, 1, "\x09pppp"),
               Http2Error::kProtocol},
        Breach{"PaddedDataWithoutALength", Frame(kData, kPadded, 1, ""), Http2Error::kFrameSize},
        Breach{"HeadersOfNoStream", Open(0), Http2Error::kProtocol},
        Breach{"HeadersOfAnEvenStream", Open(2), Http2Error::kProtocol},
        Breach{"HeadersAfterTheEnd",
               Frame(kData, kEndStream, 1, "") + Frame(kHeaders, 5, 1, Field("x", "y")),
               Http2Error::kStreamClosed},
        Breach{"HeadersOfMorePaddingThanFrame", Frame(kHeaders, kEndHeaders | kPadded, 3, "\x09pp"),
               Http2Error::kProtocol},
        Breach{"HeadersWithoutTheirPriority",
               Frame(kHeaders, kEndHeaders | kHasPriority, 3, "1234"), Http2Error::kFrameSize},
        Breach{"HeadersThatAreNotHpack",
               Frame(kHeaders, kEndHeaders, 3, "\xff\xff\xff\xff\xff\xff"),
               Http2Error::kCompression},
        Breach{"HeadersThatEndInsideAField",
               Frame(kHeaders, kEndHeaders, 3, Fields().substr(0, 10)), Http2Error::kCompression},
        Breach{"PriorityOfNoStream", Frame(kPriority, 0, 0, "12345"), Http2Error::kProtocol},
        Breach{"PriorityCutShort", Frame(kPriority, 0, 1, "1234"), Http2Error::kFrameSize},
        Breach{"AResetOfNoStream", Number(kReset, 0, 8), Http2Error::kProtocol},
        Breach{"AResetOfAStreamNotBegun", Number(kReset, 3, 8), Http2Error::kProtocol},
        Breach{"AResetCutShort", Frame(kReset, 0, 1, "123"), Http2Error::kFrameSize},
        Breach{"SettingsOfAStream", Frame(kSettings, 0, 1, ""), Http2Error::kProtocol},
        Breach{"SettingsCutShort", Frame(kSettings, 0, 0, "12345"), Http2Error::kFrameSize},
        Breach{"AnAcknowledgementWithSettings", Frame(kSettings, kAck, 0, "123456"),
               Http2Error::kFrameSize},
        Breach{"TwoAcknowledgementsOfOneSettings",
               Frame(kSettings, kAck, 0, "") + Frame(kSettings, kAck, 0, ""),
               Http2Error::kProtocol},
        Breach{"PushThatIsNeitherOnNorOff", OneSetting(2, 2), Http2Error::kProtocol},
        Breach{"AnInitialWindowBeyondTheMost", OneSetting(4, 0x80000000), Http2Error::kFlowControl},
        Breach{"AFrameSizeBelowTheLeast", OneSetting(5, 16'383), Http2Error::kProtocol},
        Breach{"AFrameSizeBeyondTheMost", OneSetting(5, 1 << 24), Http2Error::kProtocol},
        Breach{"APushPromise", Frame(kPush, kEndHeaders, 1, Big32(2) + Fields()),
               Http2Error::kProtocol},
        Breach{"APingOfAStream", Frame(kPing, 0, 1, "12345678"), Http2Error::kProtocol},
        Breach{"APingCutShort", Frame(kPing, 0, 0, "1234567"), Http2Error::kFrameSize},
        Breach{"AGoAwayOfAStream", Frame(kGoAway, 0, 1, "12345678"), Http2Error::kProtocol},
        Breach{"AGoAwayCutShort", Frame(kGoAway, 0, 0, "1234567"), Http2Error::kFrameSize},
        Breach{"AWindowOfAStreamNotBegun", Number(kWindow, 3, 1), Http2Error::kProtocol},
        Breach{"AWindowCutShort", Frame(kWindow, 0, 0, "123"), Http2Error::kFrameSize},
        Breach{"AnIncrementOfZero", Number(kWindow, 0, 0), Http2Error::kProtocol},
        Breach{"AContinuationOfNothing", Frame(kContinuation, kEndHeaders, 1, ""),
               Http2Error::kProtocol},
        Breach{"AContinuationOfAnother",
               Frame(kHeaders, 0, 3, Fields()) + Frame(kContinuation, kEndHeaders, 5, ""),
               Http2Error::kProtocol},
        Breach{"AFrameInsideAHeaderBlock",
               Frame(kHeaders, 0, 3, Fields()) + Frame(kPing, 0, 0, "12345678"),
               Http2Error::kProtocol},
        Breach{"AnUnknownFrameInsideAHeaderBlock",
               Frame(kHeaders, 0, 3, Fields()) + Frame(77, 0, 3, "x"), Http2Error::kProtocol}),
    [](const ::testing::TestParamInfo<Breach>& row) { return row.param.name; });

TEST_F(ServerSessionTest, AnotherProtocolIsNoPreface) {
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\n"), Http2Error::kProtocol);
  Restart();
  EXPECT_EQ(ErrorOf(kPreface.substr(0, 23) + "x"), Http2Error::kProtocol);
}

TEST_F(ServerSessionTest, TheFirstFrameIsSettings) {
  EXPECT_EQ(ErrorOf(kPreface + Open(1)), Http2Error::kProtocol);
  Restart();
  EXPECT_EQ(ErrorOf(kPreface + Frame(kSettings, kAck, 0, "")), Http2Error::kProtocol);
}

TEST_F(ServerSessionTest, MoreDataThanTheConnectionsWindowEndsIt) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  session_->Reset(stream(1), Http2Error::kCancel);
  // Data of a stream that is over counts as well, and is granted anew each time.
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Feed(Frame(kData, 0, 1, std::string(16'000, 'x'))));
  EXPECT_FALSE(Output().empty());
}

}  // namespace
}  // namespace fairlead::h2::testing
