// gRPC through the gateway: the stock client on one side, gRPC servers on the other.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "integration/gateway/described_server.h"
#include "integration/gateway/gateway_calls.h"
#include "integration/h2/frames.h"
#include "integration/h2/grpc_call.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

using namespace std::chrono_literals;
using h2::testing::GrpcCall;

constexpr const char* kTalks = R"(
  method { name: "Collect" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply" client_streaming: true }
  method { name: "Talk" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply" client_streaming: true server_streaming: true })";

std::string Named(const std::string& name, int times = 0) {
  std::string bytes = std::string("\x0a") + static_cast<char>(name.size()) + name;
  if (times > 0) {
    bytes += '\x10';
    for (unsigned left = static_cast<unsigned>(times);; left >>= 7) {
      bytes += static_cast<char>(left < 0x80 ? left : left % 0x80 | 0x80);
      if (left < 0x80) break;
    }
  }
  return bytes;
}

// HelloReply of fewer than 128 bytes.
std::string Reply(const std::string& message) {
  return std::string("\x0a") + static_cast<char>(message.size()) + message;
}

class GatewayGrpc : public GatewayCalls {
 protected:
  std::shared_ptr<grpc::Channel> Dialled() {
    return h2::testing::Dial("127.0.0.1:" + std::to_string(port_));
  }
  static std::string SaidBy(GrpcCall& call) {
    const grpc::Status status = call.End();
    return std::to_string(status.error_code()) + " " + status.error_message();
  }
  // One message there, one back.
  static std::optional<std::string> Said(GrpcCall& call, const std::string& message) {
    call.Send(message);
    call.HalfClose();
    return call.Receive();
  }
};

TEST_F(GatewayGrpc, PassesEveryKindOfCallWithWhatIsSaidBeforeAndAfter) {
  DescribedServer server({.description = Greeter("", kTalks)});
  Publish({{"a", server.port()}});
  const auto channel = Dialled();
  // At once: the call waits until the replica has said what it serves.
  GrpcCall unary(
      channel, "/pb.Greeter/SayHello", {}, true,
      {{"user", "7"}, {"key-bin", std::string("\0\xff", 2)}, {"x-forwarded-for", "9.9.9.9"}});
  EXPECT_EQ(Said(unary, Named("Docker")), Reply("Hello, Docker!"));
  EXPECT_TRUE(unary.End().ok());
  auto head = unary.Head();
  EXPECT_EQ(head["got-user"], "7");
  EXPECT_EQ(head["got-key-bin"], std::string("\0\xff", 2));
  EXPECT_EQ(head["got-x-forwarded-for"], "9.9.9.9, 127.0.0.1");
  EXPECT_EQ(unary.Trailers()["told"], "last");

  GrpcCall stream(channel, "/pb.Greeter/StreamHello");
  EXPECT_EQ(Said(stream, Named("x", 3)), Reply("Hello, x!"));
  EXPECT_EQ(stream.Receive(), Reply("Hello, x!"));
  EXPECT_EQ(stream.Receive(), Reply("Hello, x!"));
  EXPECT_EQ(stream.Receive(), std::nullopt);
  EXPECT_EQ(SaidBy(stream), "0 ");
  EXPECT_EQ(stream.Trailers()["told"], "last");

  GrpcCall collect(channel, "/pb.Greeter/Collect");
  for (const char* name : {"a", "b"}) EXPECT_TRUE(collect.Send(Named(name)));
  EXPECT_EQ(Said(collect, Named("c")), Reply("Hello, a b c!"));
  EXPECT_EQ(SaidBy(collect), "0 ");

  GrpcCall talk(channel, "/pb.Greeter/Talk");
  for (const std::string name : {"a", "b", ""}) {
    EXPECT_TRUE(talk.Send(Named(name)));
    EXPECT_EQ(talk.Receive(), Reply("Hello, " + name + "!"));
  }
  talk.HalfClose();
  EXPECT_EQ(talk.Receive(), std::nullopt);
  EXPECT_EQ(SaidBy(talk), "0 ");
}

TEST_F(GatewayGrpc, TellsTheServicesOwnErrorsWithTheirDetails) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  GrpcCall call(Dialled(), "/pb.Greeter/SayHello");
  EXPECT_EQ(Said(call, Named("fail")), std::nullopt);
  const grpc::Status status = call.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "nobody of that name");
  EXPECT_NE(status.error_details().find("type.googleapis.com/pb.HelloReply"), std::string::npos);
  EXPECT_EQ(call.Trailers()["told"], "last");
  GrpcCall half(Dialled(), "/pb.Greeter/StreamHello");
  EXPECT_EQ(Said(half, Named("half", 1)), Reply("Hello, half!"));
  EXPECT_EQ(SaidBy(half), "5 nobody of that name");
}

TEST_F(GatewayGrpc, CarriesMessagesOfEverySizeThatMayBe) {
  DescribedServer server(
      {.description = Greeter("", kTalks), .greeting = std::string(300'000, 'x')});
  Publish({{"a", server.port()}});
  GrpcCall call(Dialled(), "/pb.Greeter/Talk");
  const std::string long_name =
      Named("y") + "\x1a" + "\x80\x80\xc0\x01" + std::string(3 << 20, 'z');
  for (const std::string& message : {long_name, Named("n"), long_name}) {
    EXPECT_TRUE(call.Send(message));
    EXPECT_EQ(call.Receive().value_or("").size(), 300'000U + 4 + 4);
  }
  GrpcCall too_long(Dialled(), "/pb.Greeter/SayHello");
  too_long.Send(std::string(5 << 20, 'z'));
  EXPECT_EQ(SaidBy(too_long), "8 read a message: it has more than 4194304 bytes; send less");
}

TEST_F(GatewayGrpc, EndsWithTheCallersDeadlineTheServicesAndTheDefault) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  {
    GrpcCall call(Dialled(), "/pb.Greeter/SayHello", 100ms);
    Said(call, Named("hang"));
    EXPECT_EQ(call.End().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  EXPECT_TRUE(Comes([&] { return server.cancelled == 1; }));
  traffic_.timeout = 50ms;
  Publish({{"a", server.port()}});
  GrpcCall call(Dialled(), "/pb.Greeter/SayHello");
  Said(call, Named("hang"));
  EXPECT_EQ(SaidBy(call), "4 call greeter.shop: it did not answer in time");
}

TEST_F(GatewayGrpc, EndsWhenTheCallerLeaves) {
  DescribedServer server({.description = Greeter("", kTalks)});
  Publish({{"a", server.port()}});
  GrpcCall call(Dialled(), "/pb.Greeter/Talk");
  EXPECT_TRUE(call.Send(Named("x")));
  EXPECT_EQ(call.Receive(), Reply("Hello, x!"));
  call.Cancel();
  EXPECT_TRUE(Comes([&] { return server.cancelled == 1; }));
}

// What is not taken stays where it was: sockets and windows hold some megabytes.
TEST_F(GatewayGrpc, HoldsEachSideBackWhoseOtherSideIsSlow) {
  DescribedServer server(
      {.description = Greeter("", kTalks), .greeting = std::string(64 * 1024, 'x')});
  Publish({{"a", server.port()}});
  const auto stands_still = [](const auto& count) {
    int before = -1;
    return Comes([&] {
      const bool is_still = count() == before;
      before = count();
      std::this_thread::sleep_for(100ms);
      return is_still;
    });
  };
  GrpcCall stream(Dialled(), "/pb.Greeter/StreamHello");
  EXPECT_TRUE(Said(stream, Named("x", 100'000)));
  EXPECT_TRUE(stands_still([&] { return server.written.load(); }));
  EXPECT_LT(server.written, 1000);
  // A service that does not read any more.
  GrpcCall collect(Dialled(), "/pb.Greeter/Collect");
  EXPECT_TRUE(collect.Send(Named("hang")));
  std::atomic<int> sent = 0;
  std::thread caller([&] {
    const std::string padded = Named("x") + "\x1a" + "\x80\x80\x04" + std::string(64 * 1024, 'z');
    while (sent < 10'000 && collect.Send(padded)) ++sent;
  });
  EXPECT_TRUE(stands_still([&] { return sent.load(); }));
  EXPECT_LT(sent, 1000);
  collect.Cancel();
  caller.join();
}

TEST_F(GatewayGrpc, RefusesWithAReason) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const auto channel = Dialled();
  const auto said = [&](const char* method) {
    GrpcCall call(channel, method);
    Said(call, "");
    return SaidBy(call);
  };
  EXPECT_EQ(said("/pb.Greeter/SayHello"), "0 ");
  EXPECT_EQ(said("/pb.Greeter/SayNothing"),
            "12 call /pb.Greeter/SayNothing: no service that answers here has that method");
  EXPECT_EQ(said("/SayHello"), "12 call /SayHello: a method is called as /PACKAGE.SERVICE/METHOD");
  Publish({});
  EXPECT_EQ(said("/pb.Greeter/SayHello"),
            "14 call /pb.Greeter/SayHello: no replica of greeter.shop can be asked right now; try "
            "again");
  Publish({{"a", server.port()}});
  Publish({{"b", server.port()}}, {.project = "office", .service = "greeter"});
  EXPECT_TRUE(Comes([&] { return said("/pb.Greeter/SayHello").starts_with("12 "); }));
  EXPECT_EQ(said("/pb.Greeter/SayHello"),
            "12 call /pb.Greeter/SayHello: it is of greeter.office, greeter.shop; give each names "
            "of its own by the label fairlead.gateway.hosts, and call it under one");
}

TEST_F(GatewayGrpc, DescribesItselfAsWhatItAnswersFor) {
  DescribedServer server({.description = Greeter("", kTalks)});
  Publish({{"a", server.port()}});
  const auto described = Described({{"127.0.0.1", port_}}, kPatience,
                                   {.project = "0.0.1", .service = "127"});  // its :authority
  ASSERT_TRUE(described) << described.error().Text();
  EXPECT_EQ((*described)->description(), Greeter("", kTalks));
}

TEST_F(GatewayGrpc, AnswersHttpOverHttp2AsOverHttp1) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  using h2::testing::Field;
  using h2::testing::Frame;
  http::RawPeer peer(port_);
  peer.Send("PRI * HT").Send("TP/2.0\r\n\r\nSM\r\n\r\n" + h2::testing::Settings());
  const std::string fields = Field(":scheme", "http") + Field(":authority", "localhost");
  peer.Send(Frame(1, 5, 1, Field(":method", "GET") + fields + Field(":path", "/v1/hello/Docker")));
  EXPECT_NE(peer.Until(R"({"message":"Hello, Docker!"})").find("Hello, Docker!"),
            std::string::npos);
  peer.Send(Frame(1, 4, 3, Field(":method", "POST") + fields + Field(":path", "/v1/hello")));
  peer.Send(Frame(0, 1, 3, R"({"name": "you"})"));
  EXPECT_NE(peer.Until("Hello, you!").find("Hello, you!"), std::string::npos);
  peer.Send(
      Frame(1, 5, 5, Field(":method", "GET") + fields + Field(":path", "/v1/hellos/x?times=2")));
  EXPECT_NE(peer.Until("Hello, x!\"}}\n").find("Hello, x!"), std::string::npos);
}

TEST_F(GatewayGrpc, RefusesABodyThatNeverEnds) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  using h2::testing::Field;
  using h2::testing::Frame;
  http::RawPeer peer(port_);
  const std::string fields =
      Field(":method", "POST") + Field(":scheme", "http") + Field(":authority", "localhost");
  peer.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2::testing::Settings());
  peer.Send(Frame(1, 4, 1, fields + Field(":path", "/v1/hello")) + Frame(0, 0, 1, "{"));
  const std::string call =
      fields + Field(":path", "/pb.Greeter/SayHello") + Field("content-type", "application/grpc");
  peer.Send(Frame(1, 4, 3, call) + Frame(0, 0, 3, std::string("\0\0\0\0\x08\x0a", 6)));
  EXPECT_NE(peer.Until(R"("code":4)").find("it did not come within its time"), std::string::npos);
  // Both are over, and the peer is told so: RST_STREAM of 3 is the last.
  const std::string reset = Frame(3, 0, 3, std::string(4, '\0'));
  EXPECT_NE(peer.Until(reset).find(reset), std::string::npos);
  EXPECT_EQ(server.read, 0);
}

// The limits themselves are lib/h2's, and tested there.
TEST_F(GatewayGrpc, EndsConnectionsThatAreNoHttp2) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  http::RawPeer broken(port_);
  broken.Send("PRI * HTTP/2.0\r\n\r\nMS\r\n\r\n");
  EXPECT_EQ(broken.UntilClosed().find("HTTP/1.1"), std::string::npos);
  http::RawPeer resets(port_);
  std::string flood = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2::testing::Settings();
  for (unsigned stream = 1; stream < 1000; stream += 2) {
    flood += h2::testing::Frame(1, 4, stream,
                                h2::testing::Field(":method", "POST") +
                                    h2::testing::Field(":scheme", "http") +
                                    h2::testing::Field(":authority", "localhost") +
                                    h2::testing::Field(":path", "/pb.Greeter/SayHello") +
                                    h2::testing::Field("content-type", "application/grpc")) +
             h2::testing::Frame(3, 0, stream, std::string("\0\0\0\x08", 4));
  }
  resets.Send(flood);
  resets.UntilClosed();
  GrpcCall call(Dialled(), "/pb.Greeter/SayHello");
  EXPECT_EQ(Said(call, Named("Docker")), Reply("Hello, Docker!"));
}

}  // namespace
}  // namespace fairlead::gateway
