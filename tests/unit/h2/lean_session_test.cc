#include "h2/lean_session.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "h2/client.h"
#include "h2/header_block.h"
#include "unit/h2/wire.h"

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

using testing::Field;
using testing::Frame;
using testing::Raw;

std::string Answered(unsigned stream, std::string_view message = {"\0\0\0\0\2\x08\x01", 7}) {
  return Frame(1, 4, stream, Field(":status", "200") + Field("content-type", "application/grpc")) +
         Frame(0, 0, stream, message) + Frame(1, 5, stream, Field("grpc-status", "0"));
}

class LeanSessionTest : public ::testing::Test {
 protected:
  // Asks, then feeds `bytes` in pieces of `step`. False when the session finds them unsound.
  bool Talk(std::string_view bytes, std::size_t step = 1'000) {
    answer_.emplace(limits_);
    session_.Ask();
    return Feed(bytes, step);
  }
  bool Feed(std::string_view bytes, std::size_t step = 1'000) {
    out_.clear();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      if (!session_.Feed(Raw(bytes.substr(0, step)), &*answer_, out_)) return false;
    }
    return true;
  }
  CallResult Result() const { return answer_->Conclude(session_.reset_code()); }

  const ClientLimits limits_;
  const UnaryRequest request_ = UnaryRequest::Make("host:1", "/a.B/C", {}, 1s);
  LeanSession session_{request_, {.next_id = 3, .send_window = 12}};
  std::optional<Answer> answer_;
  std::vector<std::byte> out_;
};

TEST_F(LeanSessionTest, EveryCallIsTheSameButForItsStream) {
  const auto first = session_.Ask();
  const std::vector<std::byte> kept(first.begin(), first.end());
  const auto second = session_.Ask();
  ASSERT_EQ(kept.size(), second.size());
  EXPECT_EQ(kept[8], std::byte{3});
  EXPECT_EQ(second[8], std::byte{5});
}

TEST_F(LeanSessionTest, AnAnswerCutAnywhereIsRead) {
  for (const std::size_t step : {1, 2, 7, 100}) {
    LeanSession session(request_, {.next_id = 3, .send_window = 100});
    session_ = std::move(session);
    ASSERT_TRUE(Talk(Answered(3), step));
    EXPECT_TRUE(session_.is_over());
    EXPECT_EQ(Result().end, CallEnd::kAnswered);
    EXPECT_EQ(Result().message.size(), 2U);
  }
}

TEST_F(LeanSessionTest, AnotherStatusThanLastTimeIsDecodedAnew) {
  ASSERT_TRUE(Talk(Answered(3)));
  EXPECT_EQ(Result().status, Code::kOk);
  ASSERT_TRUE(Talk(Frame(1, 5, 5,
                         Field(":status", "200") + Field("content-type", "application/grpc") +
                             Field("grpc-status", "14"))));
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(Result().status, Code::kUnavailable);
}

TEST_F(LeanSessionTest, AKnownAnswerEndsTheCallUnlessSomethingIsLeftToDo) {
  EXPECT_FALSE(session_.EndKnown(7)) << "no call";
  ASSERT_TRUE(Talk(""));
  EXPECT_FALSE(session_.EndKnown(16 * 1024)) << "the window must be renewed";
  EXPECT_TRUE(session_.EndKnown(7));
  EXPECT_TRUE(session_.is_over());
  ASSERT_TRUE(Talk(Answered(5).substr(0, 12)));
  EXPECT_FALSE(session_.EndKnown(7)) << "inside a frame";
}

TEST_F(LeanSessionTest, AnAbandonedCallsAnswerIsNotTheNextOnes) {
  ASSERT_TRUE(Talk(""));
  session_.Abandon(out_);
  ASSERT_TRUE(Talk(Answered(3)));
  EXPECT_FALSE(session_.is_over());
  ASSERT_TRUE(Feed(Answered(5)));
  EXPECT_TRUE(session_.is_over());
}

TEST_F(LeanSessionTest, PingAndSettingsAreAcknowledged) {
  ASSERT_TRUE(Talk(Frame(6, 0, 0, "12345678") + Frame(4, 0, 0, "")));
  EXPECT_EQ(out_, Raw(Frame(6, 1, 0, "12345678") + Frame(4, 1, 0, "")));
}

TEST_F(LeanSessionTest, GoAwayBelowTheCallRefusesIt) {
  ASSERT_TRUE(Talk(Frame(7, 0, 0, {"\0\0\0\1\0\0\0\0", 8})));
  EXPECT_TRUE(session_.is_leaving());
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(session_.reset_code(), 7U);  // REFUSED_STREAM
  EXPECT_FALSE(session_.CanAsk());
}

TEST_F(LeanSessionTest, AResetEndsTheCall) {
  ASSERT_TRUE(Talk(Frame(3, 0, 3, {"\0\0\0\2", 4})));
  EXPECT_EQ(Result().end, CallEnd::kReset);
}

TEST_F(LeanSessionTest, ThePeersWindowLimitsTheCalls) {
  ASSERT_TRUE(Talk(Answered(3)));
  ASSERT_TRUE(Talk(Answered(5)));
  EXPECT_FALSE(session_.CanAsk());  // two bodies of five bytes out of a window of twelve
  ASSERT_TRUE(Feed(Frame(8, 0, 0, {"\0\0\0\3", 4})));
  EXPECT_TRUE(session_.CanAsk());
}

TEST_F(LeanSessionTest, WhatBreaksHttp2IsUnsound) {
  for (const std::string& bad : {
           Frame(0, 0, 3, "x"),                                     // DATA before HEADERS
           Frame(0, 0, 4, "x"),                                     // a stream of nobody's
           Frame(1, 4, 9, Field(":status", "1")),                   // a stream not asked for
           Frame(1, 0, 3, Field(":status", "1")),                   // a block without its end
           Frame(1, 4, 3, "\xff\xff\xff\xff"),                      // not HPACK
           Frame(1, 12, 3, "\x09"),                                 // more padding than frame
           Frame(5, 4, 3, "\0\0\0\2"),                              // PUSH_PROMISE
           Frame(9, 4, 3, ""),                                      // CONTINUATION of nothing
           Frame(4, 0, 0, "12345"),                                 // SETTINGS cut short
           Frame(6, 0, 0, "1234567"),                               // PING cut short
           Frame(7, 0, 0, "1234"),                                  // GOAWAY cut short
           Frame(3, 0, 3, "12"),                                    // RST_STREAM cut short
           std::string("\x01\x00\x00\x00\x00\x00\x00\x00\x03", 9),  // over 16 KiB
       }) {
    session_ = LeanSession(request_, {.next_id = 3, .send_window = 100});
    EXPECT_FALSE(Talk(bad)) << ::testing::PrintToString(bad);
  }
}

}  // namespace
}  // namespace fairlead::h2
