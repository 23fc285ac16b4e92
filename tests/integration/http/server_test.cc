#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "integration/http/raw_peer.h"
#include "runtime/io_thread.h"
#include "runtime/mutex.h"

namespace fairlead::http {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Pieces that a test hands out.
class FedBody final : public Body {
 public:
  void Next(Take take) override {
    runtime::MutexLock lock(mutex_);
    take_ = std::move(take);
    Give();
  }
  void Cancel() override {
    runtime::MutexLock lock(mutex_);
    if (!std::exchange(is_cancelled_, true)) cancelled_.set_value();
    pieces_.push_back(std::nullopt);
    Give();
  }
  void Feed(std::optional<std::string> piece) {
    runtime::MutexLock lock(mutex_);
    pieces_.push_back(std::move(piece));
    Give();
  }
  std::future<void> cancelled() { return cancelled_.get_future(); }

 private:
  void Give() {
    if (!take_ || pieces_.empty()) return;
    const Take take = std::exchange(take_, {});
    std::optional<std::string> piece = std::move(pieces_.front());
    pieces_.pop_front();
    take(std::move(piece));
  }
  runtime::Mutex mutex_;
  Take take_;
  std::deque<std::optional<std::string>> pieces_;
  bool is_cancelled_ = false;
  std::promise<void> cancelled_;
};

class HttpServer : public ::testing::Test, public Handler {
 protected:
  ~HttpServer() override {
    loop_.RunAndWait([this] { server_.reset(); });
    loop_.Stop();
    if (!root_.empty()) fs::remove_all(root_);
  }

  // /echo tells the request; /wait is answered by Answered(); /stream streams `body_`.
  std::function<void()> Handle(Request request, Answer answer) override {
    if (request.path == "/stream") {
      answer({.fields = {{"Content-Type", "text/plain"}}, .stream = body_});
    } else if (request.path == "/wait") {
      runtime::MutexLock lock(mutex_);
      waiting_ = std::move(answer);
      arrived_.set_value();
      return [this] { gone_.set_value(); };
    } else {
      nlohmann::json told = {{"method", request.method},
                             {"path", request.path},
                             {"query", request.query},
                             {"body", request.body},
                             {"peer", request.peer.Text()}};
      answer({.fields = {{"Content-Type", "application/json"}}, .body = told.dump()});
    }
    return {};
  }

  void Start(Limits limits = {}, bool gzip = false) {
    loop_.RunAndWait([&] {
      Server::Options options{.limits = limits, .gzip = gzip};
      options.told.limit_hit = [this](std::string_view limit) {
        runtime::MutexLock lock(mutex_);
        ++hits_[std::string(limit)];
      };
      options.told.served = [this](const Served& served) {
        runtime::MutexLock lock(mutex_);
        statuses_.push_back(served.status);
      };
      server_ = std::make_unique<Server>(loop_.context(), options, *this);
      const Result<std::uint16_t> port = server_->ListenTcp("127.0.0.1", 0);
      ASSERT_TRUE(port) << port.error().Text();
      port_ = *port;
    });
  }
  std::future<void> Stop(Duration patience) {
    auto stopped = std::make_shared<std::promise<void>>();
    std::future<void> done = stopped->get_future();
    loop_.Post([this, patience, stopped] {
      server_->Stop(patience, [stopped] { stopped->set_value(); });
    });
    return done;
  }
  int hits(const std::string& limit) {
    runtime::MutexLock lock(mutex_);
    return hits_[limit];
  }
  // The status line's number that these bytes are answered with; 0 for none.
  int StatusOf(const std::string& bytes) {
    RawPeer peer(port_);
    peer.Send(bytes);
    peer.HalfClose();
    const std::string answer = peer.UntilClosed();
    if (!answer.starts_with("HTTP/1.1 ")) return 0;
    return (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + (answer[11] - '0');
  }
  static bool IsReady(std::future<void>& future) {
    return future.wait_for(20s) == std::future_status::ready;
  }
  static std::string Get(const std::string& path, const std::string& fields = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
  }
  static std::string Post(const std::string& fields, const std::string& body) {
    return "POST /echo HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
  }
  void Answered(Reply reply) {
    runtime::MutexLock lock(mutex_);
    std::exchange(waiting_, {})(std::move(reply));
  }

  runtime::Mutex mutex_;
  std::map<std::string, int> hits_;
  std::vector<unsigned> statuses_;
  Answer waiting_;
  std::promise<void> arrived_;
  std::promise<void> gone_;
  std::shared_ptr<FedBody> body_ = std::make_shared<FedBody>();
  fs::path root_;
  std::uint16_t port_ = 0;
  runtime::IoThread loop_{"http-test"};
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, RequestsOnOneConnectionAreAnsweredInTheirOrder) {
  Start();
  RawPeer peer(port_);
  peer.Send(Get("/a?x=1") + Get("/b") + Get("/c", "Connection: close\r\n"));
  const std::string answers = peer.UntilClosed();
  const std::size_t a = answers.find("\"path\":\"/a\"");
  const std::size_t b = answers.find("\"path\":\"/b\"");
  const std::size_t c = answers.find("\"path\":\"/c\"");
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_NE(c, std::string::npos) << answers;
  EXPECT_NE(answers.find("\"query\":\"x=1\""), std::string::npos);
}

TEST_F(HttpServer, AConnectionThatOthersAcceptedIsServedAsTheirs) {
  Start();
  int ends[2] = {-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  loop_.RunAndWait([&] { server_->Adopt(ends[1], {.address = "10.0.0.5:4711 as DNS:ops.corp"}); });
  RawPeer peer(RawPeer::Connected{ends[0]});
  peer.Send(Get("/echo", "Connection: close\r\n"));
  EXPECT_NE(peer.UntilClosed().find("\"peer\":\"10.0.0.5:4711 as DNS:ops.corp\""),
            std::string::npos);
}

TEST_F(HttpServer, BodiesComeByLengthByChunksAndAfterContinue) {
  Start();
  RawPeer peer(port_);
  peer.Send(Post("Content-Length: 5\r\n", "hel")).Send("lo");
  EXPECT_NE(peer.Until("\"body\":\"hello\"").find("\"body\":\"hello\""), std::string::npos);
  peer.Send(Post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));
  EXPECT_NE(peer.Until("abcde").find("\"body\":\"abcde\""), std::string::npos);
  peer.Send(Post("Content-Length: 4\r\nExpect: 100-continue\r\n", ""));
  EXPECT_NE(peer.Until("100 Continue").find("HTTP/1.1 100 Continue\r\n\r\n"), std::string::npos);
  peer.Send("more");
  EXPECT_NE(peer.Until("\"more\"").find("\"body\":\"more\""), std::string::npos);
}

TEST_F(HttpServer, HeadHasTheHeadOfGetAndNoBody) {
  Start();
  RawPeer peer(port_);
  peer.Send("HEAD /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answer = peer.UntilClosed();
  EXPECT_NE(answer.find("Content-Length: "), std::string::npos);
  EXPECT_EQ(answer.find("Content-Length: 0"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpServer, ARangeIsAnsweredByTheWhole) {
  Start();
  RawPeer peer(port_);
  peer.Send(Get("/echo", "Range: bytes=0-1\r\nConnection: close\r\n"));
  const std::string answer = peer.UntilClosed();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("\"method\":\"GET\""), std::string::npos);
  EXPECT_EQ(answer.find("Content-Range"), std::string::npos);
}

TEST_F(HttpServer, PacksAnswersOnlyWhereThatIsOnAndTaken) {
  const std::string long_path = "/echo?" + std::string(2'000, 'a');
  const std::string takes = "Accept-Encoding: gzip, br\r\nConnection: close\r\n";
  const auto answer_to = [&](const std::string& path, const std::string& fields) {
    RawPeer peer(port_);
    peer.Send(Get(path, fields));
    return peer.UntilClosed();
  };
  Start({}, true);
  const std::string packed = answer_to(long_path, takes);
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_LT(packed.size(), 1'000U);
  const std::string plain = answer_to(long_path, "Connection: close\r\n");
  EXPECT_EQ(plain.find("Content-Encoding"), std::string::npos);
  EXPECT_NE(plain.find("Vary: Accept-Encoding\r\n"), std::string::npos);
  EXPECT_EQ(answer_to("/echo", takes).find("Content-Encoding"), std::string::npos);
  loop_.RunAndWait([this] { server_.reset(); });
  Start();
  const std::string off = answer_to(long_path, takes);
  EXPECT_EQ(off.find("Content-Encoding"), std::string::npos);
  EXPECT_EQ(off.find("Vary"), std::string::npos);
}

TEST_F(HttpServer, WhatIsNotAsItShouldBeIsRefusedWithAReason) {
  Start();
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\nHost: localhost\n\n"), 400);
  EXPECT_EQ(StatusOf("\x16\x03\x01\x02\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421);
  EXPECT_EQ(StatusOf(Get("/a/%2e%2e/b")), 400);
  EXPECT_EQ(StatusOf(Get("/" + std::string(9'000, 'a'))), 414);
  EXPECT_EQ(StatusOf(Get("/" + std::string(64 * 1024, 'a'))), 431);
  EXPECT_EQ(StatusOf(Get("/", std::string(10'000, 'x') + ": 1\r\n" + std::string(9'000, 'y'))),
            431);
  EXPECT_EQ(StatusOf(Post("Content-Length: 9\r\nContent-Length: 9\r\n", "123456789")), 400);
  EXPECT_EQ(StatusOf(Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
            400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\na")), 400);
  EXPECT_EQ(StatusOf(Post("Content-Length: 262145\r\n", "")), 413);
  std::string chunks;
  for (int i = 0; i < 17; ++i) chunks += "4000\r\n" + std::string(16 * 1024, 'c') + "\r\n";
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: chunked\r\n", chunks)), 413);
  RawPeer peer(port_);
  peer.Send("GET / HTTP/1.1\r\n\r\n");
  const std::string answer = peer.UntilClosed();
  const auto body = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_EQ(body.at("code"), 3);
  EXPECT_TRUE(body.at("message").get<std::string>().starts_with("read the request: "));
  EXPECT_GE(hits("head-bytes"), 2);
  EXPECT_GE(hits("body-bytes"), 2);
  EXPECT_EQ(hits("target-bytes"), 1);
}

TEST_F(HttpServer, ARequestThatComesDripByDripIsGivenUpAtItsDeadline) {
  Start({.request_time_max = 50ms});
  RawPeer peer(port_);
  peer.Send("GET /ec");
  EXPECT_TRUE(peer.UntilClosed().starts_with("HTTP/1.1 408 "));
  RawPeer body(port_);
  body.Send(Post("Content-Length: 5\r\n", "he"));
  EXPECT_TRUE(body.UntilClosed().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(hits("request-time"), 2);
}

TEST_F(HttpServer, AnIdleConnectionIsClosedWithoutAWord) {
  Start({.idle_time_max = 50ms});
  RawPeer peer(port_);
  EXPECT_EQ(peer.UntilClosed(), "");
  EXPECT_EQ(hits("idle-time"), 1);
}

TEST_F(HttpServer, WhoWaitsLongestWithoutARequestMakesRoom) {
  Start({.connections_max = 2});
  RawPeer first(port_);
  first.Send("GET /");
  RawPeer second(port_);
  second.Send(Get("/echo"));
  second.Until("\"path\":\"/echo\"");
  RawPeer third(port_);
  third.Send(Get("/third"));
  EXPECT_NE(third.Until("/third\"").find("200 OK"), std::string::npos);
  EXPECT_EQ(first.UntilClosed(), "");
  second.Send(Get("/again"));
  EXPECT_NE(second.Until("/again\"").find("/again"), std::string::npos);
  EXPECT_EQ(hits("connections"), 1);
}

TEST_F(HttpServer, WithEverybodyBeingAnsweredANewcomerIsTurnedAway) {
  Start({.connections_max = 1});
  RawPeer first(port_);
  first.Send(Get("/wait"));
  std::future<void> arrived = arrived_.get_future();
  ASSERT_TRUE(IsReady(arrived));
  RawPeer second(port_);
  EXPECT_TRUE(second.UntilClosed().starts_with("HTTP/1.1 503 "));
  Answered({.body = "late"});
  EXPECT_NE(first.Until("late").find("200 OK"), std::string::npos);
}

TEST_F(HttpServer, AConnectionHasAMostOfRequests) {
  Start({.requests_per_connection_max = 2});
  RawPeer peer(port_);
  peer.Send(Get("/1") + Get("/2") + Get("/3"));
  const std::string answers = peer.UntilClosed();
  EXPECT_NE(answers.find("\"/2\""), std::string::npos);
  EXPECT_EQ(answers.find("\"/3\""), std::string::npos);
  EXPECT_EQ(hits("requests"), 1);
}

TEST_F(HttpServer, TheHandlerHearsThatItsAskerIsGone) {
  Start();
  auto peer = std::make_unique<RawPeer>(port_);
  peer->Send(Get("/wait"));
  std::future<void> arrived = arrived_.get_future();
  ASSERT_TRUE(IsReady(arrived));
  peer.reset();
  std::future<void> gone = gone_.get_future();
  EXPECT_TRUE(IsReady(gone));
  Answered({.body = "nobody reads this"});
}

TEST_F(HttpServer, AStreamIsSentPieceByPieceAndEndsItsConnection) {
  Start();
  RawPeer peer(port_);
  peer.Send(Get("/stream"));
  EXPECT_NE(peer.Until("\r\n\r\n").find("Transfer-Encoding: chunked"), std::string::npos);
  body_->Feed("one\n");
  EXPECT_NE(peer.Until("one\n").find("4\r\none\n\r\n"), std::string::npos);
  body_->Feed("two\n");
  body_->Feed(std::nullopt);
  EXPECT_TRUE(peer.UntilClosed().ends_with("4\r\ntwo\n\r\n0\r\n\r\n"));
}

TEST_F(HttpServer, AStreamToHttp10EndsWithItsConnection) {
  Start();
  RawPeer peer(port_);
  peer.Send("GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
  body_->Feed("one\n");
  body_->Feed(std::nullopt);
  const std::string answer = peer.UntilClosed();
  EXPECT_TRUE(answer.ends_with("\r\n\r\none\n")) << answer;
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
}

TEST_F(HttpServer, AStreamIsCancelledWhenItsReaderGoes) {
  Start();
  auto peer = std::make_unique<RawPeer>(port_);
  peer->Send(Get("/stream"));
  peer->Until("\r\n\r\n");
  std::future<void> cancelled = body_->cancelled();
  peer.reset();
  EXPECT_TRUE(IsReady(cancelled));
}

TEST_F(HttpServer, AStreamWhoseReaderDoesNotReadIsGivenUp) {
  Start({.write_time_max = 50ms});
  RawPeer peer(port_);
  peer.Send(Get("/stream"));
  peer.Until("\r\n\r\n");
  // More than the kernel keeps for a reader who does not read.
  for (int i = 0; i < 256; ++i) body_->Feed(std::string(256 * 1024, 'x'));
  std::future<void> cancelled = body_->cancelled();
  EXPECT_TRUE(IsReady(cancelled));
  EXPECT_EQ(hits("write-time"), 1);
}

TEST_F(HttpServer, StreamsHaveAMost) {
  Start({.streams_max = 0});
  RawPeer peer(port_);
  peer.Send(Get("/stream", "Connection: close\r\n"));
  EXPECT_TRUE(peer.UntilClosed().starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(hits("streams"), 1);
}

TEST_F(HttpServer, StopEndsIdleOnesAndStreamsAndWaitsForAnswers) {
  Start();
  RawPeer idle(port_);
  idle.Send(Get("/echo"));
  idle.Until("/echo\"");
  RawPeer stream(port_);
  stream.Send(Get("/stream"));
  stream.Until("\r\n\r\n");
  RawPeer busy(port_);
  busy.Send(Get("/wait"));
  std::future<void> arrived = arrived_.get_future();
  ASSERT_TRUE(IsReady(arrived));
  std::future<void> stopped = Stop(20s);
  idle.UntilClosed();
  EXPECT_TRUE(stream.UntilClosed().ends_with("0\r\n\r\n"));
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  Answered({.body = "in time"});
  EXPECT_TRUE(busy.UntilClosed().ends_with("in time"));
  EXPECT_TRUE(IsReady(stopped));
  EXPECT_EQ(StatusOf(Get("/echo")), 0);
}

TEST_F(HttpServer, StopCutsWhatIsNotAnsweredInTime) {
  Start();
  RawPeer busy(port_);
  busy.Send(Get("/wait"));
  std::future<void> arrived = arrived_.get_future();
  ASSERT_TRUE(IsReady(arrived));
  std::future<void> stopped = Stop(10ms);
  EXPECT_TRUE(IsReady(stopped));
  EXPECT_EQ(busy.UntilClosed(), "");
}

TEST_F(HttpServer, AUnixSocketIsForOwnerAndGroupAndNamesThePeer) {
  Start();
  std::string pattern = fs::temp_directory_path() / "fairlead-http-XXXXXX";
  root_ = mkdtemp(pattern.data());
  const std::string path = root_ / "http.sock";
  loop_.RunAndWait([&] { EXPECT_TRUE(server_->ListenUnix(path)); });
  struct stat about{};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0660U);
  RawPeer peer(path);
  peer.Send(Get("/echo", "Connection: close\r\n"));
  EXPECT_NE(peer.UntilClosed().find("\"peer\":\"uid:" + std::to_string(getuid()) + "\""),
            std::string::npos);
  loop_.RunAndWait([&] {
    const Result<> again = server_->ListenUnix(path);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::kFailedPrecondition);
    EXPECT_FALSE(server_->ListenTcp("127.0.0.1", port_));
    server_.reset();
  });
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace fairlead::http
