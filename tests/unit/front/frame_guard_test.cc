// What a client says on its way to a server that believes everything: what passes, and what does
// not, however its bytes are cut.
#include "front/frame_guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "unit/h2/wire.h"

namespace fairlead::front {
namespace {

using namespace std::chrono_literals;
using h2::testing::Big32;
using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Raw;

constexpr unsigned kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7,
                   kWindow = 8, kContinuation = 9;
constexpr unsigned kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8, kHasPriority = 0x20;

const std::string kPreface(h2::kClientPreface);
const std::string kGreeting = kPreface + Frame(kSettings, 0, 0, "");

std::string Request(unsigned stream, unsigned flags = kEndHeaders) {
  return Frame(kHeaders, flags, stream,
               Field(":method", "POST") + Field(":path", "/fairlead.admin.v1.Admin/GetStatus") +
                   Field("content-type", "application/grpc"));
}
std::string InitialWindow(std::uint32_t bytes) {
  return Frame(kSettings, 0, 0, std::string("\0\4", 2) + Big32(bytes));
}

class FrameGuardTest : public ::testing::Test {
 protected:
  void Restart(const GuardLimits& limits) { guard_.emplace(limits, now_); }

  // The limit that it broke; empty: everything passed.
  std::string Hear(std::string_view bytes, std::size_t step = SIZE_MAX) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      // A copy of just these bytes, so that a sanitizer sees every look beyond them.
      const std::optional<Breach> breach = guard_->FromClient(Raw(bytes.substr(0, step)), now_);
      if (!breach) continue;
      breach_ = *breach;
      return std::string(breach->limit);
    }
    return "";
  }
  void Answer(std::string_view bytes) { guard_->FromServer(Raw(bytes), now_); }
  std::string SweepAfter(Duration later) {
    now_ += later;
    const std::optional<Breach> breach = guard_->Sweep(now_);
    return breach ? std::string(breach->limit) : "";
  }
  std::string LastWord() {
    std::string text;
    for (const std::byte one : guard_->LastWord(breach_)) text += static_cast<char>(one);
    return text;
  }

  TimePoint now_{1h};
  std::optional<FrameGuard> guard_{std::in_place, GuardLimits(), now_};
  Breach breach_;
};

TEST_F(FrameGuardTest, WhatAClientOfGrpcSaysPassesInWhateverPieces) {
  const std::string padded =
      Frame(kHeaders, kEndHeaders | kPadded | kHasPriority, 5,
            std::string(1, '\3') + Big32(0) + "\x10" + Field(":path", "/a") + std::string(3, '\0'));
  const std::string split = Frame(kHeaders, 0, 7, Field(":path", "/a").substr(0, 3)) +
                            Frame(kContinuation, 0, 7, "") +
                            Frame(kContinuation, kEndHeaders, 7, Field(":path", "/a").substr(3));
  const std::string said = kGreeting + Frame(kSettings, kAck, 0, "") +
                           Frame(kWindow, 0, 0, Big32(1 << 20)) + Request(1) +
                           Frame(kData, kEndStream, 1, std::string(5, '\0')) + padded + split +
                           Frame(kReset, 0, 5, Big32(8)) + Frame(kPing, 0, 0, "12345678") +
                           Frame(0x20, 0, 3, "unknown to all");
  for (const std::size_t step : {1U, 2U, 3U, 7U, 10U, 1000U}) {
    Restart({});
    EXPECT_EQ(Hear(said, step), "") << breach_.why;
    EXPECT_TRUE(guard_->has_greeted());
  }
}

TEST_F(FrameGuardTest, GreetsWithTheWholePrefaceOrNotAtAll) {
  EXPECT_EQ(Hear(kPreface.substr(0, 23)), "");
  EXPECT_FALSE(guard_->has_greeted());
  EXPECT_EQ(Hear(kPreface.substr(23)), "");
  EXPECT_TRUE(guard_->has_greeted());
  Restart({});
  EXPECT_EQ(Hear("GET / HTTP/1.1\r\n"), "protocol");
  EXPECT_EQ(breach_.why, "it speaks no HTTP/2");
  Restart({});
  EXPECT_EQ(Hear("\x16\x03\x01"), "protocol");
  EXPECT_EQ(breach_.why, "it speaks TLS, and this address is served without");
}

TEST_F(FrameGuardTest, HeadersHaveALimitAsTheyComeAndAsTheyUnpack) {
  EXPECT_EQ(Hear(kGreeting + Frame(kHeaders, 0, 1, "")), "");
  std::string endless;
  for (int i = 0; i < 4'000; ++i) endless += Frame(kContinuation, 0, 1, Field("a", "b"));
  EXPECT_EQ(Hear(endless), "headers");

  // 4,000 bytes into the table, and then a byte for each time more.
  Restart({});
  const std::string large = std::string("\x40\1a\x7f\xa1\x1e", 6) + std::string(4'000, 'x');
  EXPECT_EQ(Hear(kGreeting + Frame(kHeaders, kEndHeaders, 1, large)), "");
  EXPECT_EQ(Hear(Frame(kHeaders, kEndHeaders, 3, std::string(3, '\xbe'))), "")
      << "the table lives on";
  EXPECT_EQ(Hear(Frame(kHeaders, kEndHeaders, 5, std::string(400, '\xbe'))), "headers");
}

TEST_F(FrameGuardTest, HeadersOverTheLimitAreSeenBeforeTheirFrameIsWhole) {
  const std::string large = std::string("\x40\1a\x7f\xa1\x1e", 6) + std::string(4'000, 'x');
  const std::string bomb = Frame(kHeaders, kEndHeaders, 1, large + std::string(400, '\xbe'));
  EXPECT_EQ(Hear(kGreeting), "");
  EXPECT_EQ(Hear(bomb.substr(0, 9 + large.size())), "");
  EXPECT_EQ(Hear(bomb.substr(9 + large.size(), 5)), "headers");
}

TEST_F(FrameGuardTest, EmptyContinuationsAreCounted) {
  Restart({.control_frames_per_second_max = 100});
  EXPECT_EQ(Hear(kGreeting + Frame(kHeaders, 0, 1, "")), "");
  std::string endless;
  for (int i = 0; i < 101; ++i) endless += Frame(kContinuation, 0, 1, "");
  EXPECT_EQ(Hear(endless), "control");
}

TEST_F(FrameGuardTest, EachKindOfFloodHasItsLimitAndATimeAfterWhichItIsForgotten) {
  Restart({.frames_per_second_max = 50,
           .control_frames_per_second_max = 10,
           .resets_per_minute_max = 5});
  std::string pings, settings, resets, updates;
  for (unsigned i = 0; i < 9; ++i) pings += Frame(kPing, 0, 0, "12345678");
  EXPECT_EQ(Hear(kGreeting + pings), "");
  EXPECT_EQ(Hear(Frame(kSettings, 0, 0, "")), "control");

  Restart({.resets_per_minute_max = 5});
  for (unsigned stream = 1; stream < 11; stream += 2)
    resets += Request(stream) + Frame(kReset, 0, stream, Big32(8));
  EXPECT_EQ(Hear(kGreeting + resets), "");
  now_ += 1min;
  EXPECT_EQ(Hear(Request(11) + Frame(kReset, 0, 11, Big32(8))), "");
  now_ += 59s;
  for (unsigned stream = 13; stream < 21; stream += 2)
    EXPECT_EQ(Hear(Request(stream) + Frame(kReset, 0, stream, Big32(8))), "");
  EXPECT_EQ(Hear(Request(21) + Frame(kReset, 0, 21, Big32(8))), "resets");

  Restart({.frames_per_second_max = 50});
  for (unsigned i = 0; i < 50; ++i) updates += Frame(kWindow, 0, 0, Big32(1));
  EXPECT_EQ(Hear(kGreeting + updates), "frames");
}

// CVE-2025-8671: who cannot reset has the server do it.
TEST_F(FrameGuardTest, ResetsOfTheServerForWhatAClientSentAreTheClients) {
  Restart({.resets_per_minute_max = 2});
  EXPECT_EQ(Hear(kGreeting), "");
  constexpr std::uint32_t kNoError = 0, kFlowControl = 3, kCancel = 8;
  for (const std::uint32_t code : {kNoError, kCancel, kNoError, kFlowControl, kFlowControl}) {
    const std::string reset = Frame(kReset, 0, 1, Big32(code));
    Answer(reset.substr(0, 11));
    Answer(reset.substr(11));
    EXPECT_EQ(Hear(Frame(kWindow, 0, 0, Big32(1))), "");
  }
  Answer(Frame(kReset, 0, 1, Big32(kFlowControl)));
  EXPECT_EQ(Hear(Frame(kWindow, 0, 0, Big32(1))), "resets");
}

TEST_F(FrameGuardTest, CallsAreOpenUntilTheServerOrTheClientEndsThem) {
  Restart({.calls_max = 2});
  EXPECT_EQ(Hear(kGreeting + Request(1) + Request(3)), "");
  Answer(Frame(kSettings, 0, 0, "") + Frame(kHeaders, kEndHeaders, 1, "") +
         Frame(kData, 0, 1, "answer"));
  EXPECT_EQ(Hear(Frame(kHeaders, kEndHeaders | kEndStream, 1, "")), "") << "trailers begin nothing";
  Answer(Frame(kHeaders, kEndHeaders | kEndStream, 1, ""));
  EXPECT_EQ(Hear(Request(5)), "");
  EXPECT_EQ(Hear(Frame(kReset, 0, 3, Big32(8)) + Request(7)), "");
  Answer(Frame(kReset, 0, 5, Big32(8)));
  EXPECT_EQ(Hear(Request(9)), "");
  EXPECT_EQ(Hear(Request(11)), "calls");
}

TEST_F(FrameGuardTest, IsIdleSinceItsLastCallWasOver) {
  EXPECT_EQ(guard_->idle_since(), now_);
  now_ += 5s;
  EXPECT_EQ(Hear(kGreeting + Frame(kPing, 0, 0, "12345678")), "");
  EXPECT_EQ(guard_->idle_since(), now_ - 5s) << "a ping is no call";
  EXPECT_EQ(Hear(Request(1)), "");
  EXPECT_EQ(guard_->idle_since(), std::nullopt);
  now_ += 5s;
  Answer(Frame(kHeaders, kEndHeaders | kEndStream, 1, ""));
  EXPECT_EQ(guard_->idle_since(), now_);
}

TEST_F(FrameGuardTest, UnfinishedRequestsAreHeldAgainstTheConnectionUntilTheyEnd) {
  Restart({.unfinished_bytes_max = 1'000});
  EXPECT_EQ(Hear(kGreeting + Request(1) + Frame(kData, 0, 1, std::string(600, 'x'))), "");
  EXPECT_EQ(guard_->unfinished_bytes(), 600U);
  EXPECT_EQ(Hear(Frame(kData, kEndStream, 1, std::string(300, 'x'))), "");
  EXPECT_EQ(guard_->unfinished_bytes(), 0U);
  EXPECT_EQ(Hear(Request(3) + Frame(kData, 0, 3, std::string(600, 'x'))), "");
  EXPECT_EQ(Hear(Frame(kReset, 0, 3, Big32(8))), "");
  EXPECT_EQ(guard_->unfinished_bytes(), 0U);
  EXPECT_EQ(Hear(Frame(kData, 0, 3, std::string(2'000, 'x'))), "") << "nobody keeps it";
  EXPECT_EQ(Hear(Request(5) + Request(7) + Frame(kData, 0, 5, std::string(600, 'x'))), "");
  EXPECT_EQ(Hear(Frame(kData, 0, 7, std::string(401, 'x'))), "requests");
}

TEST_F(FrameGuardTest, WhoOpensNoWindowForItsAnswersIsCutOffInTime) {
  Restart({.unread_timeout = 30s});
  EXPECT_EQ(Hear(kGreeting + InitialWindow(10) + Request(1)), "");
  Answer(Frame(kData, 0, 1, "0123456789"));
  EXPECT_EQ(SweepAfter(0s), "");
  EXPECT_EQ(SweepAfter(29s), "");
  EXPECT_EQ(Hear(Frame(kWindow, 0, 1, Big32(1))), "");
  EXPECT_EQ(SweepAfter(2s), "") << "it has read";
  Answer(Frame(kData, 0, 1, "0"));
  EXPECT_EQ(SweepAfter(0s), "");
  EXPECT_EQ(Hear(InitialWindow(11)), "") << "which is for all calls, and those that stand";
  EXPECT_EQ(SweepAfter(60s), "");
  EXPECT_EQ(Hear(InitialWindow(0)), "");
  EXPECT_EQ(SweepAfter(0s), "");
  EXPECT_EQ(SweepAfter(30s), "unread");
}

TEST_F(FrameGuardTest, TheWindowOfAllAnswersCountsLikeThatOfOne) {
  EXPECT_EQ(Hear(kGreeting + InitialWindow(1 << 20) + Request(1)), "");
  for (int i = 0; i < 4; ++i)
    Answer(Frame(kData, 0, 1, std::string(16'384, 'x')).substr(0, 16'393));
  EXPECT_EQ(SweepAfter(0s), "");
  EXPECT_EQ(SweepAfter(30s), "unread");
  Restart({});
  EXPECT_EQ(Hear(kGreeting), "");
  Answer(Frame(kData, kEndStream, 1, std::string(16'384, 'x')));
  EXPECT_EQ(SweepAfter(0s), "");
  EXPECT_EQ(SweepAfter(1h), "") << "nobody waits";
}

// Two programs that understand the same bytes in two ways are one program that has been lied to.
TEST_F(FrameGuardTest, WhatCouldBeReadInTwoWaysDoesNotPass) {
  const std::string open = Frame(kHeaders, 0, 1, Field("a", "b"));
  for (const std::string& odd :
       {open + Frame(kPing, 0, 0, "12345678"), open + Frame(kContinuation, 0, 3, ""),
        open + Request(3), Frame(kContinuation, kEndHeaders, 1, ""), Request(2), Request(0),
        Frame(kHeaders, kEndHeaders, 1, "\x40"),
        Frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\x7f"),
        Frame(kHeaders, kEndHeaders | kPadded, 1, ""),
        Frame(kHeaders, kEndHeaders | kPadded, 1,
              "\x05"
              "abcd"),
        Frame(kHeaders, kEndHeaders | kHasPriority, 1, "abcd"),
        Frame(kData, 0, 1, std::string(16'385, 'x'))}) {
    Restart({});
    EXPECT_EQ(Hear(kGreeting + odd, 5), "protocol") << testing::PrintToString(odd.substr(0, 20));
  }
}

TEST_F(FrameGuardTest, TellsTheClientBetweenTwoFramesOfTheServer) {
  EXPECT_EQ(Hear("GET"), "protocol");
  EXPECT_EQ(LastWord(), "") << "it has not heard of the server";
  Restart({.calls_max = 0});
  Answer(Frame(kSettings, 0, 0, ""));
  EXPECT_EQ(Hear(kGreeting + Request(5)), "calls");
  constexpr unsigned kEnhanceYourCalm = 11;
  EXPECT_EQ(LastWord(), Frame(kGoAway, 0, 0,
                              Big32(5) + Big32(kEnhanceYourCalm) +
                                  "it has begun more calls at a time than one connection may"));
  Answer(Frame(kSettings, 0, 0, "").substr(0, 8));
  EXPECT_EQ(LastWord(), "");
}

}  // namespace
}  // namespace fairlead::front
