// The server as the stock gRPC C++ client sees it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "integration/h2/echo_router.h"
#include "integration/h2/grpc_call.h"

namespace fairlead::h2::testing {
namespace {

std::string Tcp(const EchoServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

TEST(StockClient, MessagesComeBackOverTcpAndUnixSockets) {
  EchoServer server;
  for (const std::string& target : {Tcp(server), "unix:" + server.socket_path()}) {
    GrpcCall call(Dial(target), "/echo/Echo");
    // The largest of one frame with its "#", of several, and more than one sendmsg is given.
    constexpr std::size_t kOfOneFrame = 16'384 - 5 - 1;
    for (const std::size_t size : {0UZ, 1UZ, kOfOneFrame, kOfOneFrame + 1, 50'000UZ, 300'000UZ}) {
      const std::string text(size, 't');
      ASSERT_TRUE(call.Send(text));
      EXPECT_EQ(call.Receive(), text + "#") << size;
    }
    ASSERT_TRUE(call.HalfClose());
    EXPECT_EQ(call.Receive(), std::nullopt);
    EXPECT_TRUE(call.End().ok());
  }
}

TEST(StockClient, UnixPeersAreKnownByTheirProcess) {
  EchoServer server;
  GrpcCall call(Dial("unix:" + server.socket_path()), "/echo/Echo");
  ASSERT_TRUE(call.Send("x"));
  ASSERT_TRUE(call.Receive());
  EXPECT_EQ(server.router().last_pid, getpid());
}

TEST(StockClient, AMessageOfFourMegabytesPassesAndOneByteMoreIsRefused) {
  EchoServer server;
  const std::size_t most = ServerLimits{}.message_bytes_max;
  GrpcCall fits(Dial(Tcp(server)), "/echo/Echo");
  ASSERT_TRUE(fits.Send(std::string(most, 'm')));
  EXPECT_EQ(fits.Receive(), std::string(most, 'm') + "#");

  GrpcCall too_long(Dial(Tcp(server)), "/echo/Echo");
  too_long.Send(std::string(most + 1, 'm'));
  EXPECT_EQ(too_long.Receive(), std::nullopt);
  EXPECT_EQ(too_long.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(StockClient, ALargeAnswerFollowedByAnEndArrivesWhole) {
  EchoServer server;
  GrpcCall call(Dial("unix:" + server.socket_path()), "/echo/Push");
  ASSERT_TRUE(call.Send("5000000"));
  EXPECT_EQ(call.Receive(), std::string(5'000'000, 'x'));
  EXPECT_EQ(call.Receive(), std::nullopt);
  EXPECT_TRUE(call.End().ok());
}

TEST(StockClient, ARefusalComesWithItsCodeAndText) {
  EchoServer server;
  GrpcCall refused(Dial(Tcp(server)), "/echo/Refuse");
  const grpc::Status status = refused.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such thing: 100% sure");
  GrpcCall unknown(Dial(Tcp(server)), "/other/Method");
  EXPECT_EQ(unknown.End().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(StockClient, AnEndWithoutAnyMessageIsATrailersOnlyAnswer) {
  EchoServer server;
  GrpcCall call(Dial(Tcp(server)), "/echo/End");
  ASSERT_TRUE(call.Send("x"));
  EXPECT_EQ(call.Receive(), std::nullopt);
  const grpc::Status status = call.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "enough");
}

TEST(StockClient, ItsDeadlineIsReadAndEndsTheCall) {
  EchoServer server;
  GrpcCall call(Dial(Tcp(server)), "/echo/Echo", std::chrono::milliseconds(300));
  ASSERT_TRUE(call.Send("x"));
  ASSERT_TRUE(call.Receive());
  EXPECT_GT(server.router().last_timeout_ms, 0);
  // gRPC rounds a deadline up to a whole millisecond.
  EXPECT_LE(server.router().last_timeout_ms, 301);
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(server.Eventually([&] { return server.router().closed == 1; }));
}

TEST(StockClient, ACancelledCallIsClosed) {
  EchoServer server;
  GrpcCall call(Dial(Tcp(server)), "/echo/Flood");
  ASSERT_TRUE(call.Send("x"));
  ASSERT_TRUE(call.Receive());
  call.Cancel();
  EXPECT_TRUE(server.Eventually([&] { return server.router().closed == 1; }));
}

TEST(StockClient, AClientThatNeverReadsIsCutAndOthersGoOn) {
  ServerLimits limits;
  limits.write_stall_timeout = std::chrono::milliseconds(200);
  EchoServer server(limits);
  // Nothing polls this client's queue meanwhile, so it takes nothing from its socket either.
  GrpcCall slow(Dial(Tcp(server)), "/echo/Flood");
  ASSERT_TRUE(slow.Send("x"));
  EXPECT_TRUE(server.Eventually([&] { return server.router().closed == 1; }));
  EXPECT_GE(server.counters().limit_hits, 1U);
  GrpcCall quick(Dial(Tcp(server)), "/echo/Echo");
  ASSERT_TRUE(quick.Send("y"));
  EXPECT_EQ(quick.Receive(), "y#");
}

TEST(StockClient, AHundredStreamsShareOneConnection) {
  EchoServer server;
  const std::shared_ptr<grpc::Channel> channel = Dial("unix:" + server.socket_path());
  std::vector<std::unique_ptr<GrpcCall>> calls;
  for (int i = 0; i < 100; ++i) calls.push_back(std::make_unique<GrpcCall>(channel, "/echo/Echo"));
  for (auto& call : calls) ASSERT_TRUE(call->Send("s"));
  for (auto& call : calls) ASSERT_EQ(call->Receive(), "s#");
  EXPECT_EQ(server.counters().streams_open, 100U);
  EXPECT_EQ(server.counters().connections_open, 1U);
}

TEST(StockClient, AfterADrainStreamsGoOnAndTheConnectionEndsWithTheLast) {
  EchoServer server;
  GrpcCall call(Dial(Tcp(server)), "/echo/Echo");
  ASSERT_TRUE(call.Send("a"));
  ASSERT_TRUE(call.Receive());
  server.Drain();
  ASSERT_TRUE(call.Send("b"));
  EXPECT_EQ(call.Receive(), "b#");
  ASSERT_TRUE(call.HalfClose());
  EXPECT_TRUE(call.End().ok());
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
}

TEST(StockClient, AnOldConnectionIsReplacedAndAllOfManyAreInTurn) {
  EchoServer server({.connection_age_max = 100ms, .connections_aged_per_sweep_max = 1});
  std::vector<std::unique_ptr<GrpcCall>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(std::make_unique<GrpcCall>(Dial(Tcp(server)), "/echo/Echo"));
    ASSERT_TRUE(calls.back()->Send("a"));
    ASSERT_EQ(calls.back()->Receive(), "a#");
  }
  ASSERT_TRUE(server.Eventually([&] { return server.counters().connections_aged >= 3; }));
  for (const auto& call : calls) {
    ASSERT_TRUE(call->Send("b")) << "it goes on within the grace";
    EXPECT_EQ(call->Receive(), "b#");
    ASSERT_TRUE(call->HalfClose());
    EXPECT_TRUE(call->End().ok());
  }
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
}

TEST(StockClient, AServerThatIsDestroyedClosesEveryStream) {
  auto server = std::make_unique<EchoServer>();
  GrpcCall call(Dial(Tcp(*server)), "/echo/Echo");
  ASSERT_TRUE(call.Send("a"));
  ASSERT_TRUE(call.Receive());
  server.reset();
  EXPECT_EQ(call.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace fairlead::h2::testing
