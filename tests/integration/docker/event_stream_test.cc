// The event stream over a real socket: how it opens, goes on and ends.
#include <gtest/gtest.h>

#include <algorithm>

#include "integration/docker/engine_fixture.h"

namespace fairlead::docker {
namespace {

class EventStream : public EngineFixture {
 protected:
  std::shared_ptr<test::Background<void>> Subscribe() {
    return driver_.Begin(engine_->Events(
        0, [this] { is_open_ = true; },
        [this](const EngineEvent& event) { actions_.push_back(event.action); }));
  }

  // The code with which a stream ends that gets `raw` as its answer, or after its opening.
  std::string EndedBy(const std::string& raw, bool holds_open = false) {
    fake_.Misbehave("/events", {.raw = raw, .holds_open = holds_open});
    const auto stream = Subscribe();
    EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
    fake_.Behave();
    return std::string(CodeName(stream->result->error().code));
  }

  bool is_open_ = false;
  std::vector<std::string> actions_;
};

TEST_F(EventStream, AnEventSpreadOverManyChunksIsOneEvent) {
  const auto stream = Subscribe();
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open_; }));
  for (const char c : std::string(R"({"Type":"container","Action":"die","Actor":{"ID":"a"}})")) {
    fake_.SendToStreams(fmt::format("1\r\n{}\r\n", c));
  }
  EXPECT_TRUE(driver_.RunUntil([&] { return actions_.size() == 1; }));
  fake_.EndStreams();
  ASSERT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
  EXPECT_EQ(stream->result->error().code, Code::kUnavailable);
  EXPECT_EQ(actions_, std::vector<std::string>{"die"});
}

TEST_F(EventStream, AnOpenStreamOutlivesItsOpeningDeadline) {
  const auto stream = Subscribe();
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open_; }));
  const auto later = std::chrono::steady_clock::now() + 2 * TestLimits().events_open_deadline;
  driver_.RunUntil([&] { return stream->is_done || std::chrono::steady_clock::now() > later; });
  EXPECT_FALSE(stream->is_done);
  ASSERT_EQ(Outcome(engine_->Start(id_)), "OK");
  EXPECT_TRUE(driver_.RunUntil([&] { return std::ranges::count(actions_, "start") == 1; }));
}

TEST_F(EventStream, MoreBytesThanAnyLimitMayPass) {
  const auto stream = Subscribe();
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open_; }));
  const std::string record = R"({"Type":"container","Action":"die","Actor":{"ID":"a"},"x":")" +
                             std::string(8'000, 'x') + "\"}\n";
  for (std::size_t i = 1; i <= 20; ++i) {  // 160 KB against body limits of 64 and 16 KB
    fake_.SendToStreams(fmt::format("{:x}\r\n{}\r\n", record.size(), record));
    ASSERT_TRUE(driver_.RunUntil([&] { return actions_.size() == i || stream->is_done; }));
  }
  EXPECT_EQ(actions_.size(), 20u);
}

TEST_F(EventStream, ARefusalIsAnErrorAndNeverAnOpenStream) {
  EXPECT_EQ(EndedBy("HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\ndenied"), "PERMISSION_DENIED");
  EXPECT_EQ(EndedBy("HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\nx"), "DATA_LOSS");
  EXPECT_EQ(EndedBy("HTTP/1.1 204 No\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(EndedBy("", /*holds_open=*/true), "DEADLINE_EXCEEDED");
  EXPECT_FALSE(is_open_);
}

TEST_F(EventStream, BytesThatAreNoEventsAreDataLoss) {
  const std::string opening = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(EndedBy(opening + "5\r\nhello\r\n"), "DATA_LOSS");
  EXPECT_EQ(EndedBy(opening + "zz\r\n"), "DATA_LOSS");
  EXPECT_TRUE(is_open_);
}

TEST_F(EventStream, AStreamThatIsCutIsUnavailable) {
  const std::string opening = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(EndedBy(opening), "UNAVAILABLE");
  EXPECT_EQ(EndedBy(opening + "5\r\n{\"T"), "UNAVAILABLE");
  EXPECT_EQ(EndedBy(opening + "0\r\n\r\n"), "UNAVAILABLE");
  EXPECT_EQ(EndedBy("HTTP/1.1 200 OK\r\n\r\n{\"T"), "UNAVAILABLE");
}

TEST_F(EventStream, ACancelledStreamEnds) {
  const auto stream = Subscribe();
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open_; }));
  stream->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
}

TEST_F(EventStream, AnAbandonedStreamClosesItsSocketWithTheLoop) {
  test::EngineDriver other;
  const auto engine = *MakeHttpEngine(other.context(), fake_.endpoint(), TestLimits());
  const auto hello = other.Begin(engine->Hello());
  ASSERT_TRUE(driver_.RunUntil([&] {
    other.context().restart();
    other.context().poll();
    return hello->is_done;
  }));
  const auto stream = other.Begin(engine->Events(0, [this] { is_open_ = true; }, {}));
  ASSERT_TRUE(driver_.RunUntil([&] {
    other.context().restart();
    other.context().poll();
    return is_open_;
  }));
  EXPECT_FALSE(stream->is_done);
}

}  // namespace
}  // namespace fairlead::docker
