// The server's HTTP/2 as values: sound talk, flow control, streams that are reset, limits, and the
// header table. The numbers are sections of RFC 9113.
#include <gtest/gtest.h>

#include <string>

#include "unit/h2/session_talk.h"

namespace fairlead::h2::testing {
namespace {

// --- sound talk ----------------------------------------------------------------------------

TEST_F(ServerSessionTest, ItsFirstFrameAnnouncesNoTableAndItsLimits) {
  ServerSession session(limits_);
  const auto output = session.output();
  const std::string_view text(reinterpret_cast<const char*>(output.data()), output.size());
  EXPECT_EQ(text, Frame(kSettings, 0, 0,
                        std::string("\0\1", 2) + Big32(0) + std::string("\0\3", 2) + Big32(100) +
                            std::string("\0\6", 2) + Big32(16 * 1024)));
}

TEST_F(ServerSessionTest, ARequestCutAnywhereIsTheSame) {
  const std::string rest = Frame(kContinuation, kEndHeaders, 1, Field("x", "y")) +
                           Frame(kData, kPadded, 1, "\2hello" + std::string(2, 'p')) +
                           Frame(77, 0xFF, 9, "unknown") + Frame(kData, 0, 1, "") +
                           Frame(kData, kEndStream, 1, " you");
  for (const std::size_t step : {1, 2, 3, 7, 10, 1'000}) {
    Restart();
    data_.clear();
    const std::string bytes = kPreface + OneSetting(4, 1'000) +
                              Frame(kHeaders, kPadded | kHasPriority, 1,
                                    std::string("\3\0\0\0\0\x10", 6) + Fields() + "ppp") +
                              rest;
    ASSERT_TRUE(Feed(bytes, step)) << step;
    EXPECT_EQ(log_, "request 1 /a.B/C\nend 1\n") << step;
    EXPECT_EQ(data_[1], "hello you") << step;
    EXPECT_EQ(last_.metadata.size(), 1U);
    EXPECT_EQ(session_->Allowed(stream(1)), 1'000U);
  }
}

TEST_F(ServerSessionTest, SettingsAndPingAreAcknowledged) {
  ASSERT_TRUE(Feed(kPreface + Frame(kSettings, 0, 0, "") + Frame(kPing, 0, 0, "12345678") +
                   Frame(kPing, kAck, 0, "12345678")));
  const std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, kSettings);
  EXPECT_EQ(frames[0].flags, kAck);
  EXPECT_EQ(frames[1].type, kPing);
  EXPECT_EQ(frames[1].flags, kAck);
  EXPECT_EQ(frames[1].number, 0x31323334U);
  EXPECT_TRUE(session_->is_handshaken());
}

TEST_F(ServerSessionTest, TrailersEndTheStream) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Frame(kHeaders, kEndHeaders | kEndStream, 1, Field("x", "y"))));
  EXPECT_EQ(log_, "request 1 /a.B/C\nend 1\n");
}

TEST_F(ServerSessionTest, WhatComesForAStreamThatIsOverIsIgnored) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  session_->Reset(stream(1), Http2Error::kCancel);
  log_.clear();
  EXPECT_TRUE(Feed(Frame(kData, 0, 1, "x") + Number(kWindow, 1, 1) + Number(kReset, 1, 8) +
                   Frame(kHeaders, kEndHeaders | kEndStream, 1, Field("x", "y"))));
  EXPECT_EQ(log_, "");
  EXPECT_EQ(data_[1], "");
}

TEST_F(ServerSessionTest, AResetOfThePeersEndsTheStream) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Number(kReset, 1, 8)));
  EXPECT_EQ(log_, "request 1 /a.B/C\nreset 1\n");
}

TEST_F(ServerSessionTest, AnEndFromUsTellsAPeerThatStillTalks) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Open(3, kEndHeaders | kEndStream)));
  session_->Close(stream(1));
  session_->Close(stream(3));
  const std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].type, kReset);
  EXPECT_EQ(frames[0].stream, 1);
  EXPECT_EQ(frames[0].number, 0U);
}

TEST_F(ServerSessionTest, AfterOurGoAwayNewStreamsAreNotSeenAndTheLastEndsIt) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  session_->GoAway();
  EXPECT_FALSE(session_->is_over());
  ASSERT_TRUE(Feed(Open(3) + Frame(kData, 0, 1, "x")));
  EXPECT_EQ(log_, "request 1 /a.B/C\n");
  ASSERT_TRUE(Feed(Number(kReset, 1, 8)));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(ServerSessionTest, AGoAwayOfThePeersEndsItWithTheLastStream) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Frame(kGoAway, 0, 0, std::string(8, '\0') + "bye")));
  EXPECT_FALSE(session_->is_over());
  ASSERT_TRUE(Feed(Number(kReset, 1, 8)));
  EXPECT_TRUE(session_->is_over());
}

// --- flow control (6.9) --------------------------------------------------------------------

TEST_F(ServerSessionTest, BothWindowsLimitWhatMayBeSent) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Open(3)));
  EXPECT_EQ(session_->Allowed(stream(1)), kFramePayloadBytesMax);
  session_->Sent(stream(1), 65'000);
  EXPECT_EQ(session_->Allowed(stream(1)), 535U);
  EXPECT_EQ(session_->Allowed(stream(3)), 535U) << "the connection's";
  ASSERT_TRUE(Feed(Number(kWindow, 0, 10'000)));
  EXPECT_EQ(session_->Allowed(stream(1)), 535U) << "the stream's";
  EXPECT_EQ(session_->Allowed(stream(3)), 10'535U);
  ASSERT_TRUE(Feed(Number(kWindow, 1, 1'000)));
  EXPECT_EQ(session_->Allowed(stream(1)), 1'535U);
}

TEST_F(ServerSessionTest, ASmallerInitialWindowMayMakeAStreamsNegative) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  session_->Sent(stream(1), 1'000);
  ASSERT_TRUE(Feed(OneSetting(4, 100)));
  EXPECT_EQ(stream(1).send_window, -900);
  EXPECT_EQ(session_->Allowed(stream(1)), 0U);
  ASSERT_TRUE(Feed(Number(kWindow, 1, 950)));
  EXPECT_EQ(session_->Allowed(stream(1)), 50U);
  ASSERT_TRUE(Feed(Open(3)));
  EXPECT_EQ(session_->Allowed(stream(3)), 100U);
}

TEST_F(ServerSessionTest, ManyBytesAreGrantedAnewAndPaddingCounts) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  const std::string padded =
      std::string(1, '\xFF') + std::string(16'000, 'x') + std::string(255, 'p');
  ASSERT_TRUE(Feed(Frame(kData, kPadded, 1, padded)));
  EXPECT_TRUE(Output().empty());
  ASSERT_TRUE(Feed(Frame(kData, kPadded, 1, padded) + Frame(kData, 0, 1, std::string(300, 'x'))));
  const std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, kWindow);
  EXPECT_EQ(frames[0].stream, 0);
  EXPECT_EQ(frames[0].number, 2 * 16'256U + 300U);
  EXPECT_EQ(frames[1].stream, 1);
  EXPECT_EQ(frames[1].number, 2 * 16'256U + 300U);
}

TEST_F(ServerSessionTest, MoreDataThanTheStreamsWindowCannotPass) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Open(3)));
  stream(1).receive_window = 10;
  EXPECT_EQ(ResetOf(Frame(kData, 0, 1, std::string(11, 'x')), 1), Http2Error::kFlowControl);
  EXPECT_EQ(data_[1], "");
}

// What the peer may still send of the stream, by the windows that it is told of.
TEST_F(ServerSessionTest, WhatABodysOwnerKeepsHoldsThePeerBack) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  stream(1).keeps_body = true;
  const auto granted = [&] {
    std::uint32_t bytes = 0;
    for (const Sent& frame : Output()) {
      if (frame.type == kWindow && frame.stream == 1) bytes += frame.number;
    }
    return bytes;
  };
  const std::string most(16'000, 'x');
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Feed(Frame(kData, 0, 1, most)));
  EXPECT_EQ(granted(), 0U);
  // A message of 100,000 bytes is not whole: the rest of it may come, and no more.
  session_->Release(stream(1), 0, 100'000);
  EXPECT_EQ(granted(), 100'000U - 65'535U);
  // Half a window is not missing yet.
  session_->Release(stream(1), 64'000, 0);
  EXPECT_EQ(granted(), 0U);
  // Padding is nothing that is kept.
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Feed(Frame(kData, kPadded, 1, "\xff" + std::string(13'000 + 255, 'x'))));
    session_->Release(stream(1), 13'000, 0);
  }
  EXPECT_GE(granted(), 32'000U);
  EXPECT_EQ(stream(1).kept_bytes, 0);
  // The peer has said all.
  ASSERT_TRUE(Feed(Frame(kData, kEndStream, 1, most)));
  session_->Release(stream(1), 16'000, 1'000'000);
  EXPECT_EQ(granted(), 0U);
}

TEST_F(ServerSessionTest, WindowsBeyondTheirMostAreErrors) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  EXPECT_EQ(ResetOf(Number(kWindow, 1, 0x7FFFFFFF), 1), Http2Error::kFlowControl);
  ASSERT_TRUE(Feed(Open(3)));
  EXPECT_EQ(ResetOf(Number(kWindow, 3, 0), 3), Http2Error::kProtocol);
  EXPECT_EQ(ErrorOf(Number(kWindow, 0, 0x7FFFFFFF)), Http2Error::kFlowControl);
  Restart();
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Number(kWindow, 1, 1'000)));
  EXPECT_EQ(ErrorOf(OneSetting(4, 0x7FFFFFFF)), Http2Error::kFlowControl) << "6.9.2";
}

TEST_F(ServerSessionTest, OnlyTheLastInitialWindowOfOneFrameCounts) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Number(kWindow, 1, 1'000)));
  const std::string most = std::string("\0\4", 2) + Big32(0x7FFFFFFF);
  const std::string few = std::string("\0\4", 2) + Big32(7);
  ASSERT_TRUE(Feed(Frame(kSettings, 0, 0, most + few)));
  EXPECT_EQ(stream(1).send_window, 1'007);
}

// --- breaches that end the stream ----------------------------------------------------------

TEST_F(ServerSessionTest, MalformedRequestsAreResetAndTheNextIsServed) {
  Greet();
  ASSERT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 1, Field(":method", "POST"))));
  EXPECT_EQ(Output().back().number, static_cast<std::uint32_t>(Http2Error::kProtocol));
  ASSERT_TRUE(Feed(Open(3)));
  EXPECT_EQ(log_, "request 3 /a.B/C\n");
}

TEST_F(ServerSessionTest, TrailersThatDoNotEndOrHavePseudoHeadersAreReset) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Open(3)));
  EXPECT_EQ(ResetOf(Frame(kHeaders, kEndHeaders, 1, Field("x", "y")), 1), Http2Error::kProtocol);
  EXPECT_EQ(ResetOf(Frame(kHeaders, 5, 3, Field(":path", "/")), 3), Http2Error::kProtocol);
  EXPECT_EQ(log_, "request 1 /a.B/C\nrequest 3 /a.B/C\nreset 1\nreset 3\n");
}

TEST_F(ServerSessionTest, ABodyOfAnotherLengthThanPromisedIsReset) {
  Greet();
  const std::string five = Fields(Field("content-length", "5"));
  ASSERT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 1, five) + Frame(kHeaders, kEndHeaders, 3, five) +
                   Frame(kHeaders, kEndHeaders, 5, five)));
  EXPECT_EQ(ResetOf(Frame(kData, 0, 1, "123456"), 1), Http2Error::kProtocol);
  EXPECT_EQ(ResetOf(Frame(kData, kEndStream, 3, "1234"), 3), Http2Error::kProtocol);
  EXPECT_EQ(ResetOf(Frame(kData, kEndStream, 5, "12345"), 5), Http2Error::kNone);
  EXPECT_EQ(ResetOf(Frame(kHeaders, 5, 7, five), 7), Http2Error::kProtocol);
  EXPECT_EQ(data_[1], "");
}

TEST_F(ServerSessionTest, OneStreamTooManyIsRefusedAndMayBeTriedAgain) {
  ServerLimits limits;
  limits.streams_per_connection_max = 2;
  Restart(limits);
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Open(3)));
  EXPECT_EQ(ResetOf(Open(5), 5), Http2Error::kRefusedStream);
  EXPECT_EQ(session_->TakeLimitHits(), 1U);
  ASSERT_TRUE(Feed(Number(kReset, 1, 8) + Open(7)));
  EXPECT_EQ(log_, "request 1 /a.B/C\nrequest 3 /a.B/C\nreset 1\nrequest 7 /a.B/C\n");
}

// --- limits --------------------------------------------------------------------------------

TEST_F(ServerSessionTest, AHeaderListOverTheLimitIsToldAndOneFarOverEndsTheConnection) {
  Greet();
  std::string filler;
  for (int i = 0; i < 100; ++i) filler += Field("x", std::string(120, 'f'));
  ASSERT_TRUE(Feed(Frame(kHeaders, 0, 1, Fields()) + Frame(kContinuation, 0, 1, filler) +
                   Frame(kContinuation, kEndHeaders, 1, filler)));
  EXPECT_TRUE(last_.is_too_long);
  EXPECT_LE(last_.metadata.size(), 110U);
  EXPECT_EQ(session_->TakeLimitHits(), 1U);
  std::string endless = Frame(kHeaders, 0, 3, Fields());
  for (int i = 0; i < 5; ++i) endless += Frame(kContinuation, 0, 3, filler);
  EXPECT_EQ(ErrorOf(endless), Http2Error::kEnhanceYourCalm);
}

TEST_F(ServerSessionTest, TrailersHaveTheSameLimit) {
  Greet();
  ASSERT_TRUE(Feed(Open(1)));
  std::string endless = Frame(kHeaders, kEndStream, 1, Field("x", "y"));
  std::string filler;
  for (int i = 0; i < 100; ++i) filler += Field("x", std::string(120, 'f'));
  for (int i = 0; i < 5; ++i) endless += Frame(kContinuation, 0, 1, filler);
  EXPECT_EQ(ErrorOf(endless), Http2Error::kEnhanceYourCalm);
}

TEST_F(ServerSessionTest, AnswersThatNobodyReadsAreBounded) {
  Greet();
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += Frame(kPing, 0, 0, "12345678");
  ASSERT_TRUE(Feed(pings));
  Output();
  ASSERT_TRUE(Feed(pings)) << "they were read meanwhile";
  EXPECT_EQ(ErrorOf(Frame(kPing, 0, 0, "12345678")), Http2Error::kEnhanceYourCalm);
  EXPECT_EQ(session_->TakeLimitHits(), 1U);
}

TEST_F(ServerSessionTest, ResetsThatNobodyReadsAreBounded) {
  Greet();
  bool goes_on = true;
  for (unsigned stream = 1; goes_on && stream < 100'000; stream += 2) {
    goes_on = Feed(Frame(kHeaders, kEndHeaders, stream, Field(":method", "POST")));
    ASSERT_LT(session_->output().size(), 300U * 1024U);
  }
  EXPECT_FALSE(goes_on);
}

// --- the header table (4.3.1, RFC 7541 4.2) -------------------------------------------------

// A field that enters the table, and one that is taken from its newest place.
const std::string kIndexed = std::string("\x40\x01k\x01v", 5);
const std::string kFromTable = "\xBE";

TEST_F(ServerSessionTest, TheTableMayBeUsedUntilItsEndIsAcknowledged) {
  Greet();
  ASSERT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 1, Fields(kIndexed)) +
                   Frame(kHeaders, kEndHeaders, 3, Fields(kFromTable))));
  ASSERT_EQ(last_.metadata.size(), 1U);
  EXPECT_EQ(last_.metadata[0].second, "v");
}

TEST_F(ServerSessionTest, AfterTheAcknowledgementTheNextBlockSaysThatTheTableIsGone) {
  Greet();
  ASSERT_TRUE(Feed(Open(1) + Frame(kSettings, kAck, 0, "")));
  ASSERT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 3, "\x20" + Fields(kIndexed))));
  ASSERT_TRUE(Feed(Open(5)));
  EXPECT_EQ(log_, "request 1 /a.B/C\nrequest 3 /a.B/C\nrequest 5 /a.B/C\n");
  EXPECT_EQ(ErrorOf(Frame(kHeaders, kEndHeaders, 7, Fields(kFromTable))), Http2Error::kCompression);
}

TEST_F(ServerSessionTest, WhoDoesNotSaySoBreaksCompression) {
  Greet();
  EXPECT_EQ(ErrorOf(Frame(kSettings, kAck, 0, "") + Open(1)), Http2Error::kCompression);
}

TEST_F(ServerSessionTest, WhoHadNoTableNeedNotSayThatItIsGone) {
  Greet();
  ASSERT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 1, "\x20" + Fields()) +
                   Frame(kSettings, kAck, 0, "") + Open(3)));
  EXPECT_EQ(log_, "request 1 /a.B/C\nrequest 3 /a.B/C\n");
}

}  // namespace
}  // namespace fairlead::h2::testing
