// The HTTP client against answers that no proper engine gives.
#include "docker/http_engine.h"

#include <gtest/gtest.h>

#include "integration/docker/engine_fixture.h"

namespace fairlead::docker {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";

class HttpEngine : public EngineFixture {
 protected:
  // How an inspect ends that is answered with `raw` and then the connection's end.
  std::string Inspected(const std::string& raw, bool holds_open = false) {
    fake_.Misbehave("/json", {.raw = raw, .holds_open = holds_open});
    std::string outcome = Outcome(engine_->Inspect(id_));
    fake_.Behave();
    return outcome;
  }

  // A readable container in `length` bytes.
  std::string Container(std::size_t length = 0) {
    std::string json = fmt::format(R"({{"Id":"{}","State":{{"Status":"exited"}}}})", id_.value);
    if (json.size() < length) json.append(length - json.size(), ' ');
    return json;
  }
  std::string Plain(const std::string& body) {
    return fmt::format("{}Content-Length: {}\r\n\r\n{}", kOk, body.size(), body);
  }
  std::string Chunk(const std::string& body, const std::string& extension = "") {
    return fmt::format("{:x}{}\r\n{}\r\n", body.size(), extension, body);
  }
};

TEST_F(HttpEngine, BodiesAreReadHoweverTheyAreFramed) {
  EXPECT_EQ(Inspected(Plain(Container())), "OK");
  EXPECT_EQ(Inspected(kOk + "\r\n" + Container()), "OK");
  EXPECT_EQ(Inspected(kChunked + Chunk(Container()) + "0\r\n\r\n"), "OK");
  EXPECT_EQ(Inspected(kChunked + Chunk(Container(), ";a=b") + "0\r\nX: y\r\n\r\n"), "OK");
}

TEST_F(HttpEngine, AnAnswerThatIsCutIsUnavailable) {
  EXPECT_EQ(Inspected("HTTP/1.1 200"), "UNAVAILABLE");
  EXPECT_EQ(Inspected(kOk), "UNAVAILABLE");
  EXPECT_EQ(Inspected(kOk + "Content-Length: 100\r\n\r\n{"), "UNAVAILABLE");
  EXPECT_EQ(Inspected(kChunked + Chunk(Container())), "UNAVAILABLE");
}

TEST_F(HttpEngine, WhatIsNotHttpIsDataLoss) {
  EXPECT_EQ(Inspected("hello\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "no header\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "Content-Length: -1\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "DATA_LOSS");
  EXPECT_EQ(Inspected(kChunked + "FFFFFFFFFFFFFFFFF\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kChunked + "-1\r\nx\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kChunked + "2\r\n{}xx2\r\n{}\r\n0\r\n\r\n"), "DATA_LOSS");
}

TEST_F(HttpEngine, EverythingOverALimitIsDataLoss) {
  const std::size_t over = TestLimits().body_bytes_max + 1;
  EXPECT_EQ(Inspected(Plain(Container(over - 1))), "OK");
  EXPECT_EQ(Inspected(Plain(Container(over))), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "Content-Length: 9223372036854775807\r\n\r\n{"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kChunked + Chunk(Container(over)) + "0\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "\r\n" + Container(over)), "DATA_LOSS");
  EXPECT_EQ(Inspected(kOk + "X: " + std::string(40'000, 'x') + "\r\n\r\n"), "DATA_LOSS");
  EXPECT_EQ(Inspected(kChunked + "2;" + std::string(80'000, 'x') + "\r\n{}\r\n"), "DATA_LOSS");
  std::string trailers;
  for (int i = 0; i < 5'000; ++i) trailers += fmt::format("X{}: aaaaaaaaaaaaaaa\r\n", i);
  EXPECT_EQ(Inspected(kChunked + Chunk(Container()) + "0\r\n" + trailers + "\r\n"), "DATA_LOSS");
}

TEST_F(HttpEngine, AFewInterimAnswersArePassedOverAndAFloodIsDataLoss) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(Inspected(interim + interim + Plain(Container())), "OK");
  std::string flood;
  for (int i = 0; i < 1'000; ++i) flood += interim;
  EXPECT_EQ(Inspected(flood + Plain(Container())), "DATA_LOSS");
  EXPECT_EQ(Inspected("HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\n\r\n"), "DATA_LOSS");
}

TEST_F(HttpEngine, CompressionThatNobodyAskedForIsDataLoss) {
  EXPECT_EQ(Inspected(kOk + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), "DATA_LOSS");
}

TEST_F(HttpEngine, RedirectsAreNotFollowed) {
  const std::size_t before = fake_.requests().size();
  EXPECT_EQ(Inspected("HTTP/1.1 301 Moved\r\nLocation: /_ping\r\nContent-Length: 0\r\n\r\n"),
            "DATA_LOSS");
  EXPECT_EQ(fake_.requests().size(), before + 1);
}

TEST_F(HttpEngine, SilenceEndsAtTheDeadlineWhereverItBegins) {
  EXPECT_EQ(Inspected("", /*holds_open=*/true), "DEADLINE_EXCEEDED");
  EXPECT_EQ(Inspected("HTTP/1.1 200", /*holds_open=*/true), "DEADLINE_EXCEEDED");
  EXPECT_EQ(Inspected(kOk + "Content-Length: 9\r\n\r\n{", /*holds_open=*/true),
            "DEADLINE_EXCEEDED");
  EXPECT_NE(last_message_.find("inspect container"), std::string::npos);
}

TEST_F(HttpEngine, AnAnswerForAnotherContainerIsDataLoss) {
  EXPECT_EQ(Inspected(Plain(R"({"Id":"ffff","State":{"Status":"exited"}})")), "DATA_LOSS");
}

TEST_F(HttpEngine, ThePlainTextOfAnOldEngineOrProxyIsShown) {
  EXPECT_EQ(Inspected("HTTP/1.1 400 Bad\r\nContent-Length: 13\r\n\r\nclient is \x1b[0"),
            "INVALID_ARGUMENT");
  EXPECT_NE(last_message_.find("HTTP 400: client is \\x1b"), std::string::npos) << last_message_;
}

TEST_F(HttpEngine, ACancelledCallEnds) {
  fake_.Misbehave("/restart", {.raw = "", .holds_open = true});
  const std::size_t before = fake_.requests().size();
  const auto call = driver_.Begin(engine_->Restart(id_, std::nullopt, 1h));
  ASSERT_TRUE(driver_.RunUntil([&] { return fake_.requests().size() > before; }));
  call->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(driver_.RunUntil([&] { return call->is_done; }));
}

TEST_F(HttpEngine, AListWhoseFilterWasIgnoredHoldsNobodyElses) {
  const std::string body =
      fmt::format(R"([{{"Id":"a1","Labels":{{"other":"1"}}}},{{"Id":"{}","Labels":)"
                  R"({{"fairlead.enable":"true"}}}}])",
                  id_.value);
  fake_.Misbehave("/containers/json", {.raw = Plain(body)});
  const auto list = driver_.Run(engine_->List());
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().id, id_);
}

TEST_F(HttpEngine, TheVersionIsNegotiatedAgainByEachHello) {
  fake_.set_api_version("1.56");
  EXPECT_EQ(driver_.Run(engine_->Hello())->api_version, "1.52");
  fake_.set_api_version("1.40");
  EXPECT_EQ(driver_.Run(engine_->Hello())->api_version, "1.40");
  EXPECT_TRUE(fake_.requests().back().starts_with("GET /v1.40/info"));
  fake_.set_api_version("1.24");
  EXPECT_EQ(Outcome(engine_->Hello()), "UNIMPLEMENTED");
}

TEST_F(HttpEngine, AVersionThatTheEngineThenRefusesIsUnimplemented) {
  fake_.Misbehave("/info", {.raw = "HTTP/1.1 400 Bad\r\nContent-Length: 7\r\n\r\ntoo old"});
  EXPECT_EQ(Outcome(engine_->Hello()), "UNIMPLEMENTED");
  EXPECT_NE(last_message_.find("too old"), std::string::npos);
}

TEST_F(HttpEngine, BeforeTheFirstHelloOnlyHelloAndPingGoOut) {
  const auto fresh = *MakeHttpEngine(driver_.context(), fake_.endpoint(), TestLimits());
  EXPECT_EQ(Outcome(fresh->List()), "UNAVAILABLE");
  EXPECT_EQ(Outcome(fresh->Inspect(id_)), "UNAVAILABLE");
  EXPECT_EQ(Outcome(fresh->Ping()), "OK");
}

TEST_F(HttpEngine, AStopTimeoutGoesOutOnlyWhenGiven) {
  ASSERT_EQ(Outcome(engine_->Start(id_)), "OK");
  ASSERT_EQ(Outcome(engine_->Restart(id_, 2500ms, 20s)), "OK");
  EXPECT_TRUE(fake_.requests().back().ends_with("/restart?t=3"));
  ASSERT_EQ(Outcome(engine_->Stop(id_, std::nullopt, 20s)), "OK");
  EXPECT_TRUE(fake_.requests().back().ends_with("/stop"));
}

TEST(HttpEngineEndpoint, WithoutASocketTheMessageSaysWhatToLookAt) {
  test::EngineDriver driver;
  const auto engine = *MakeHttpEngine(driver.context(), "unix:///nonexistent/docker.sock");
  const auto hello = driver.Run(engine->Hello());
  ASSERT_FALSE(hello);
  EXPECT_EQ(hello.error().code, Code::kUnavailable);
  EXPECT_NE(hello.error().message.find("is the engine installed and running"), std::string::npos);
}

TEST(HttpEngineEndpoint, TcpIsSpokenByAddressAndByName) {
  test::EngineDriver driver;
  test::FakeEngine fake(driver.context(), "");
  const std::string port = fake.endpoint().substr(fake.endpoint().rfind(':'));
  for (const std::string& endpoint : {fake.endpoint(), "tcp://localhost" + port}) {
    const auto engine = *MakeHttpEngine(driver.context(), endpoint);
    EXPECT_TRUE(driver.Run(engine->Hello())) << endpoint;
  }
}

}  // namespace
}  // namespace fairlead::docker
