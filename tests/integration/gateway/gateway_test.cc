// The gateway between real HTTP callers and real gRPC servers that describe themselves.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/gateway/described_server.h"
#include "integration/gateway/gateway_calls.h"
#include "integration/gateway/http_exchange.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* kBye = R"(
  method { name: "SayBye" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
           options { [google.api.http] { get: "/v1/bye/{name}" } } })";

TEST_F(GatewayCalls, AnswerByTheServersOwnDescriptorsWithoutWaitingForThem) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  // At once: the request waits until the replica has said what it serves.
  const HttpAnswer answer = Get("/v1/hello/Docker");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"message":"Hello, Docker!"})");
  const HttpAnswer posted =
      Ask({.line = "POST /v1/hello", .body = R"({"name": "you", "unknown": 1})"});
  EXPECT_EQ(posted.body, R"({"message":"Hello, you!"})");
  const HttpAnswer plain = Ask({.line = "POST /pb.Greeter/SayHello", .body = R"({"name": "me"})"});
  EXPECT_EQ(plain.body, R"({"message":"Hello, me!"})");
}

TEST_F(GatewayCalls, SpeakTheOlderReflectionToo) {
  DescribedServer server({.description = Greeter(), .has_v1 = false});
  Publish({{"a", server.port()}});
  EXPECT_EQ(Get("/v1/hello/Docker").status, 200);
}

TEST_F(GatewayCalls, TellTheServicesOwnErrorsWithTheirDetails) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer answer = Get("/v1/hello/fail");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(
      answer.body,
      R"({"code":5,"message":"nobody of that name","details":[{"@type":"type.googleapis.com/pb.HelloReply","message":"why"}]})");
}

TEST_F(GatewayCalls, TellAStreamsEarlyErrorAsItsPiece) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer answer = Get("/v1/hellos/fail");
  EXPECT_EQ(answer.status, 404);
  EXPECT_TRUE(answer.body.starts_with(R"({"error":{"code":5,)")) << answer.body;
  EXPECT_TRUE(answer.body.ends_with("}\n")) << answer.body;
}

TEST_F(GatewayCalls, RefuseWhatCannotBeAsked) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  EXPECT_EQ(Get("/v1/nothing").status, 404);
  EXPECT_EQ(Ask({.line = "DELETE /v1/hello/x"}).status, 501);
  EXPECT_EQ(Get("/v1/hello/x?times=many").status, 400);
  EXPECT_EQ(Get("/v1/hello/x", "Grpc-Timeout: soon\r\n").status, 400);
  EXPECT_EQ(Ask({.line = "POST /v1/hello", .body = "{"}).status, 400);
  EXPECT_EQ(Ask({.line = "GET /v1/hello/x", .host = "rebound.example"}).status, 421);
  EXPECT_EQ(server.calls, 0);
}

TEST_F(GatewayCalls, CarryMetadataBothWays) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer answer =
      Get("/v1/hello/x",
          "Grpc-Metadata-User: 7\r\nGrpc-Metadata-X-Forwarded-For: 9.9.9.9\r\n"
          "Authorization: Bearer t\r\n");
  for (const std::string field :
       {"Grpc-Metadata-got-user: 7\r\n", "Grpc-Metadata-got-authorization: Bearer t\r\n",
        "Grpc-Metadata-got-x-forwarded-for: 127.0.0.1\r\n"})
    EXPECT_NE(answer.head.find(field), std::string::npos) << answer.head;
}

TEST_F(GatewayCalls, DescribeAServerWithoutReflectionByAMountedSet) {
  DescribedServer server({.description = Greeter("", kBye), .has_v1 = false, .has_v1alpha = false});
  traffic_.gateway.descriptor = "greeter";
  traffic_.gateway.forwards_auth = false;
  Mount(GreeterText());
  Publish({{"a", server.port()}});
  EXPECT_TRUE(Comes([&] { return Get("/v1/hello/x").status == 200; }));
  EXPECT_EQ(Get("/v1/bye/x").status, 404);
  const HttpAnswer answer = Get("/v1/hello/x", "Authorization: Bearer t\r\n");
  EXPECT_EQ(answer.head.find("authorization"), std::string::npos) << answer.head;
  EXPECT_NE(Get("/.well-known/fairlead/greeter.shop/openapi.json").body.find("/v1/hello/{name}"),
            std::string::npos);
  // The file changes, and whoever serves is asked in its new words.
  Mount(GreeterText("", kBye));
  EXPECT_TRUE(Comes([&] { return Get("/v1/bye/x").status == 200; }));
}

TEST_F(GatewayCalls, EndWithTheirDeadlineAndSayNothingOfWhere) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer answer = Get("/v1/hello/hang", "Grpc-Timeout: 50m\r\n");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(CodeOf(answer), 4);
  EXPECT_EQ(answer.body.find("127.0.0.1"), std::string::npos) << answer.body;
  traffic_.timeout = 50ms;
  Publish({{"a", server.port()}});
  EXPECT_EQ(Get("/v1/hello/hang").status, 504);
}

TEST_F(GatewayCalls, EndWhenTheCallerLeaves) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  {
    HttpExchange leaving(port_, {.line = "GET /v1/hello/hang"});
    EXPECT_TRUE(Comes([&] { return server.calls == 1; }));
  }
  EXPECT_TRUE(Comes([&] { return server.cancelled == 1; }));
}

TEST_F(GatewayCalls, StreamAsLinesAndAsEvents) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer lines = Get("/v1/hellos/x?times=2");
  EXPECT_EQ(lines.body,
            "{\"result\":{\"message\":\"Hello, x!\"}}\n{\"result\":{\"message\":\"Hello, x!\"}}\n");
  const HttpAnswer events = Get("/v1/hellos/x?times=1", "Accept: text/event-stream\r\n");
  EXPECT_EQ(events.body, "data: {\"message\":\"Hello, x!\"}\n\n");
  EXPECT_NE(events.head.find("Content-Type: text/event-stream"), std::string::npos) << events.head;
  const HttpAnswer half = Get("/v1/hellos/half?times=1");
  EXPECT_EQ(half.status, 200);
  EXPECT_NE(half.body.find("\n{\"error\":{\"code\":5,"), std::string::npos) << half.body;
  // Unless the machine is so busy that the answer is begun before the error comes.
  EXPECT_TRUE(Comes([&] { return Get("/v1/hellos/fail").status == 404; }));
  EXPECT_EQ(Get("/v1/hellos/x?times=0").body, "");
}

// What a reader does not take stays with the service: sockets and windows hold some megabytes.
TEST_F(GatewayCalls, HoldAServiceBackWhoseReaderIsSlow) {
  DescribedServer server({.description = Greeter(), .greeting = std::string(64 * 1024, 'x')});
  Publish({{"a", server.port()}});
  HttpExchange slow(port_, {.line = "GET /v1/hellos/x?times=100000"});
  slow.Until("result");
  int before = -1;
  EXPECT_TRUE(Comes([&] {
    const bool is_still = server.written == before;
    before = server.written;
    std::this_thread::sleep_for(100ms);
    return is_still;
  }));
  EXPECT_LT(server.written, 1000);
}

TEST_F(GatewayCalls, GiveEachReplicaItsTurnAndEachGenerationItsWords) {
  DescribedServer old_one({.description = Greeter(), .greeting = "Old"});
  DescribedServer new_one({.description = Greeter("", kBye), .greeting = "New"});
  Publish({{"old", old_one.port()}, {"new", new_one.port()}});
  EXPECT_EQ(Get("/v1/bye/x").body, R"({"message":"New, x!"})");
  std::set<std::string> seen;
  // Each from when it has said what it serves.
  EXPECT_TRUE(Comes([&] { return seen.insert(Get("/v1/hello/x").body), seen.size() == 2; }));
  EXPECT_EQ(Get("/v1/bye/x").body, R"({"message":"New, x!"})");
}

TEST_F(GatewayCalls, AreAllAnsweredWhileOneGenerationTakesTheOthersPlace) {
  auto before = std::make_unique<DescribedServer>(
      DescribedServer::Options{.description = Greeter(), .greeting = "Old"});
  DescribedServer after({.description = Greeter("", kBye), .greeting = "New"});
  Publish({{"old", before->port()}});
  EXPECT_EQ(Get("/v1/hello/x").status, 200);
  std::atomic<bool> is_over = false;
  std::atomic<int> asked = 0;
  std::vector<std::string> failed;
  std::thread caller([&] {
    while (!is_over) {
      const HttpAnswer answer = Get("/v1/hello/x");
      ++asked;
      if (answer.status != 200) failed.push_back(answer.body);
    }
  });
  EXPECT_TRUE(Comes([&] { return asked > 20; }));
  Publish({{"old", before->port()}, {"new", after.port()}});
  EXPECT_TRUE(Comes([&] { return after.calls > 5; }));
  Publish({{"new", after.port()}});
  // Gone from the list, and no call of it is under way: what the core waits for before a stop.
  const int last = asked + 2;
  EXPECT_TRUE(Comes([&] { return asked > last; }));
  before->Stop();
  const int then = asked;
  EXPECT_TRUE(Comes([&] { return asked > then + 20; }));
  is_over = true;
  caller.join();
  EXPECT_EQ(failed, std::vector<std::string>{});
  EXPECT_EQ(Get("/v1/bye/x").status, 200);
}

// What the core waits for before it stops a replica.
TEST_F(GatewayCalls, HaveAdoptedAListWhenThoseToWhoLeftItHaveEnded) {
  DescribedServer leaving({.description = Greeter()});
  DescribedServer staying({.description = Greeter()});
  Publish({{"a", leaving.port()}});
  auto hanging =
      std::make_unique<HttpExchange>(port_, HttpExchange::Request{.line = "GET /v1/hello/hang"});
  EXPECT_TRUE(Comes([&] { return leaving.calls == 1; }));
  EXPECT_TRUE(Comes([&] { return Adopted() == 1; }));
  Publish({{"a", leaving.port()}, {"b", staying.port()}});
  EXPECT_TRUE(Comes([&] { return Adopted() == 2; }));  // nobody left
  Publish({{"b", staying.port()}});
  EXPECT_EQ(Get("/v1/hello/x").status, 200);  // after the list was taken
  EXPECT_EQ(Adopted(), 2U);
  hanging.reset();
  EXPECT_TRUE(Comes([&] { return Adopted() == 3; }));
}

TEST_F(GatewayCalls, GoToAnotherReplicaWhereOneCannotBeConnected) {
  DescribedServer dying({.description = Greeter()});
  DescribedServer living({.description = Greeter()});
  Publish({{"a", dying.port()}, {"b", living.port()}});
  EXPECT_TRUE(Comes([&] {
    EXPECT_EQ(Get("/v1/hello/x").status, 200);
    return dying.calls > 0 && living.calls > 0;
  }));
  dying.Stop();
  // Still on the list. No call was under way at its end, so none may fail.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Get("/v1/hello/x").status, 200);
}

TEST_F(GatewayCalls, SayThatNobodyIsThereAndNotThatThePathNeverWas) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  EXPECT_EQ(Get("/v1/hello/x").status, 200);
  Publish({});
  const HttpAnswer answer = Get("/v1/hello/x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(CodeOf(answer), 14);
  EXPECT_EQ(Get("/v1/other").status, 404);
  gateway_->Publish({}, {kName});
  EXPECT_EQ(Get("/v1/hello/x").status, 421);
}

TEST_F(GatewayCalls, GoOnBesideAReplicaThatDoesNotDescribeItself) {
  DescribedServer mute({.description = Greeter(), .has_v1 = false, .has_v1alpha = false});
  DescribedServer server({.description = Greeter()});
  Publish({{"a", mute.port()}, {"b", server.port()}});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Get("/v1/hello/x").status, 200);
  EXPECT_EQ(mute.calls, 0);
  EXPECT_TRUE(Comes([&] {
    std::size_t told = 0;
    loop_.RunAndWait([&] { told = troubles_.size(); });
    return told > 0;
  }));
  loop_.RunAndWait([&] {
    EXPECT_EQ(troubles_[0].find("greeter.shop/a: ask the server's reflection: it has none"), 0U)
        << troubles_[0];
  });
}

TEST_F(GatewayCalls, GiveAReplicaThatIsNotThereItsTimeToSayWhatItServes) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor closed(context);  // bound, and nobody listens
  closed.open(boost::asio::ip::tcp::v4());
  closed.bind({boost::asio::ip::address_v4::loopback(), 0});
  const auto described = Described({{"127.0.0.1", closed.local_endpoint().port()}}, 10ms);
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().code, Code::kDeadlineExceeded);
}

}  // namespace
}  // namespace fairlead::gateway
