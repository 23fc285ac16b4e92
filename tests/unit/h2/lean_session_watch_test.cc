// A call that stays open beside the unary ones.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "h2/client.h"
#include "h2/header_block.h"
#include "h2/lean_session.h"
#include "unit/h2/wire.h"

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

using testing::Field;
using testing::Frame;
using testing::Raw;

constexpr unsigned kWatch = 3;
constexpr unsigned kCall = 5;

std::string Head(unsigned stream) {
  return Frame(1, 4, stream, Field(":status", "200") + Field("content-type", "application/grpc"));
}
std::string Told(std::string_view message) {
  return Frame(
      0, 0, kWatch,
      std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + std::string(message));
}
std::string Trailers(unsigned stream, std::string_view status) {
  return Frame(1, 5, stream, Field("grpc-status", std::string(status)));
}

class LeanSessionWatchTest : public ::testing::Test {
 protected:
  bool Open() {
    out_.clear();
    return session_.OpenWatch(request_.Watching("/a.B/W"), limits_, out_);
  }
  bool Feed(std::string_view bytes, std::size_t step = 1'000) {
    out_.clear();
    answer_.emplace(limits_);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      if (!session_.Feed(Raw(bytes.substr(0, step)), &*answer_, out_)) return false;
    }
    return true;
  }
  std::string Newest() {
    if (!session_.has_watch_news()) return "nothing";
    const WatchNews news = session_.TakeWatchNews();
    if (news.end) return "end " + std::string(CodeName(news.end->code));
    const std::string_view text(reinterpret_cast<const char*>(news.message->data()),
                                news.message->size());
    return std::string(text) + (news.is_before_answer ? " before the answer" : "");
  }

  const ClientLimits limits_;
  const UnaryRequest request_ = UnaryRequest::Make("host:1", "/a.B/C", {}, 1s);
  LeanSession session_{request_, {.next_id = kWatch, .send_window = 1'000, .streams_max = 100}};
  std::optional<Answer> answer_;
  std::vector<std::byte> out_;
};

TEST_F(LeanSessionWatchTest, AsksOnceWithoutADeadlineAndTellsEachMessage) {
  ASSERT_TRUE(Open());
  std::vector<std::pair<std::string, std::string>> fields;
  const FrameHead head = ReadFrameHead(out_.data());
  ASSERT_TRUE(DecodeBlock(std::span(out_).subspan(kFrameHeadBytes, head.length), fields));
  for (const auto& [name, value] : fields) EXPECT_NE(name, "grpc-timeout");
  EXPECT_FALSE(Open()) << "there is one";

  for (const std::size_t step : {1, 1'000}) {
    ASSERT_TRUE(Feed((step == 1 ? Head(kWatch) : "") + Told("up"), step));
    EXPECT_EQ(Newest(), "up");
    EXPECT_EQ(Newest(), "nothing");
  }
  ASSERT_TRUE(Feed(Told("down") + Told("up again")));
  EXPECT_EQ(Newest(), "up again");
}

TEST_F(LeanSessionWatchTest, TheCallBesideItIsAnsweredInItsOwnRight) {
  ASSERT_TRUE(Open());
  session_.Ask();
  ASSERT_EQ(session_.call_id(), static_cast<std::int32_t>(kCall));
  const std::string answer =
      Head(kCall) + Frame(0, 0, kCall, std::string("\0\0\0\0\1a", 6)) + Trailers(kCall, "0");
  ASSERT_TRUE(Feed(Head(kWatch) + Told("first") + answer));
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(Newest(), "first before the answer");
  session_.Ask();
  ASSERT_TRUE(Feed(Told("while it waits")));
  EXPECT_FALSE(session_.is_over());
  EXPECT_EQ(Newest(), "while it waits before the answer");
}

TEST_F(LeanSessionWatchTest, AnEndIsToldWithItsStatusAndAnotherMayBeOpened) {
  const std::pair<std::string, std::string> rows[] = {
      {Head(kWatch) + Trailers(kWatch, "14"), "end UNAVAILABLE"},
      {Frame(1, 5, kWatch,
             Field(":status", "200") + Field("content-type", "application/grpc") +
                 Field("grpc-status", "12")),
       "end UNIMPLEMENTED"},
      {Frame(3, 0, kWatch, {"\0\0\0\2", 4}), "end UNAVAILABLE"},
      {Frame(1, 5, kWatch, Field(":status", "404")), "end CANCELLED"},
      {Head(kWatch) + Frame(0, 1, kWatch, ""), "end UNKNOWN"},
      {Told("before its headers"), "end CANCELLED"},
      {Head(kWatch) + Frame(0, 0, kWatch, std::string("\1\0\0\0\1x", 6)), "end CANCELLED"},
      {Head(kWatch) + Frame(0, 0, kWatch, std::string("\0\x7f\0\0\0", 5)), "end CANCELLED"},
  };
  for (const auto& [bytes, expected] : rows) {
    session_ = LeanSession(request_, {.next_id = kWatch, .send_window = 1'000, .streams_max = 100});
    ASSERT_TRUE(Open());
    ASSERT_TRUE(Feed(bytes)) << expected;
    EXPECT_EQ(Newest(), expected) << ::testing::PrintToString(bytes);
    EXPECT_TRUE(Open()) << expected;
    EXPECT_TRUE(Feed(Told("of the old one"))) << "a late frame of a stream that is over";
  }
}

TEST_F(LeanSessionWatchTest, APeerThatAllowsOneStreamKeepsItForTheChecks) {
  LeanSession narrow(request_, {.next_id = 3, .send_window = 1'000, .streams_max = 1});
  EXPECT_FALSE(narrow.OpenWatch(request_.Watching("/a.B/W"), limits_, out_));
  ASSERT_TRUE(Open());
  ASSERT_TRUE(Feed(Frame(4, 0, 0, {"\0\3\0\0\0\1", 6})));
  EXPECT_EQ(Newest(), "end CANCELLED");
  EXPECT_EQ(ReadFrameHead(out_.data()).type, frame::kReset);
  EXPECT_FALSE(Open());
  EXPECT_TRUE(session_.CanAsk());
}

TEST_F(LeanSessionWatchTest, ItsWindowIsRenewedForEver) {
  ASSERT_TRUE(Open());
  ASSERT_TRUE(Feed(Head(kWatch)));
  std::int64_t renewed = 0;
  constexpr int kMessages = 20'000;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(Feed(Told("up")));
    for (std::size_t at = 0; at < out_.size(); at += kFrameHeadBytes + 4) {
      const FrameHead head = ReadFrameHead(out_.data() + at);
      ASSERT_EQ(head.type, frame::kWindowUpdate);
      if (head.stream == static_cast<std::int32_t>(kWatch))
        renewed += ReadBig32(out_.data() + at + kFrameHeadBytes);
    }
  }
  EXPECT_GT(renewed, 7 * kMessages - 20'000);
}

class LeanSessionBesideTest : public LeanSessionWatchTest {
 protected:
  LeanSessionBesideTest() { Begin(100); }
  void Begin(std::uint32_t streams) {
    both_.emplace(
        request_,
        LeanSession::Start{
            .next_id = 1, .send_window = 1'000, .streams_max = streams, .has_beside = true});
  }
  // Asks both calls and returns the stream of the one beside.
  unsigned Ask() {
    out_.clear();
    const bool is_asked = both_->AskBeside(beside_, limits_, out_);
    both_->Ask();
    return is_asked ? static_cast<unsigned>(both_->call_id()) - 2 : 0;
  }
  static std::string Reply(unsigned stream, std::string_view message) {
    return Head(stream) +
           Frame(0, 0, stream,
                 std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) +
                     std::string(message)) +
           Trailers(stream, "0");
  }
  bool FeedBoth(const std::string& bytes, std::size_t step = 1'000) {
    answer_.emplace(limits_);
    for (std::string_view rest = bytes; !rest.empty();
         rest.remove_prefix(std::min(step, rest.size()))) {
      if (!both_->Feed(Raw(rest.substr(0, step)), &*answer_, out_)) return false;
    }
    return true;
  }
  std::string Beside() {
    if (!both_->has_beside_news()) return "nothing";
    const WatchNews news = both_->TakeBesideNews();
    const std::string status(CodeName(news.end->code));
    return news.message ? status + " " +
                              std::string(reinterpret_cast<const char*>(news.message->data()),
                                          news.message->size())
                        : status;
  }

  const UnaryRequest beside_ =
      UnaryRequest::Make("host:1", "/a.B/C", std::as_bytes(std::span("live")), 1s);
  std::optional<LeanSession> both_;
};

TEST_F(LeanSessionBesideTest, BothAnswersAreTakenInWhateverOrderAndPiecesTheyCome) {
  for (const std::size_t step : {1, 7, 1'000}) {
    for (const bool is_first : {true, false}) {
      Begin(100);
      const unsigned beside = Ask();
      ASSERT_EQ(beside, 1U);
      ASSERT_TRUE(FeedBoth(is_first ? Reply(beside, "up") + Reply(beside + 2, "a")
                                    : Reply(beside + 2, "a") + Reply(beside, "up"),
                           step));
      EXPECT_TRUE(both_->is_over());
      EXPECT_EQ(Beside(), "OK up");
      EXPECT_EQ(Beside(), "nothing");
      EXPECT_EQ(Ask(), 5U) << "another may be asked";
    }
  }
}

TEST_F(LeanSessionBesideTest, WhatIsNotAnsweredUntilTheNextIsGivenUpAndComesTooLate) {
  const unsigned first = Ask();
  ASSERT_TRUE(FeedBoth(Reply(first + 2, "a")));
  EXPECT_EQ(Beside(), "nothing");
  const unsigned second = Ask();
  EXPECT_EQ(ReadFrameHead(out_.data()).type, frame::kReset);
  ASSERT_TRUE(FeedBoth(Reply(first, "late") + Reply(second, "up")));
  EXPECT_EQ(Beside(), "OK up");
}

TEST_F(LeanSessionBesideTest, AnErrorIsToldAsItsStatus) {
  const unsigned beside = Ask();
  ASSERT_TRUE(FeedBoth(Head(beside) + Trailers(beside, "5")));
  EXPECT_EQ(Beside(), "NOT_FOUND");
}

TEST_F(LeanSessionBesideTest, ItComesBeforeAWatchWhereStreamsAreFew) {
  Begin(1);
  EXPECT_EQ(Ask(), 0U);
  Begin(2);
  EXPECT_FALSE(both_->OpenWatch(request_.Watching("/a.B/W"), limits_, out_));
  EXPECT_EQ(Ask(), 1U);
  Begin(3);
  EXPECT_TRUE(both_->OpenWatch(request_.Watching("/a.B/W"), limits_, out_));
  EXPECT_NE(Ask(), 0U);
}

}  // namespace
}  // namespace fairlead::h2
