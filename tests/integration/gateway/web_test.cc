// gRPC-web through the gateway, and what pages of browsers may do.
#include <gtest/gtest.h>

#include <string>

#include "base/base64.h"
#include "gateway/messages.h"
#include "integration/gateway/described_server.h"
#include "integration/gateway/gateway_calls.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

const std::string kHello = std::string("\x0a\x06") + "Docker";
const std::string kHelloReply = std::string("\x0a\x0e") + "Hello, Docker!";

class GatewayWeb : public GatewayCalls {
 protected:
  HttpAnswer Call(const std::string& method, const std::string& body,
                  const std::string& type = "application/grpc-web+proto",
                  const std::string& fields = "") {
    return Ask({.line = "POST /pb.Greeter/" + method,
                .fields = "Content-Type: " + type + "\r\nX-Grpc-Web: 1\r\n" + fields,
                .body = body});
  }
};

TEST_F(GatewayWeb, AnswersUnaryCallsInBothForms) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const std::string wanted =
      Framed(kDataFlag, kHelloReply) + Framed(kTrailersFlag, "grpc-status:0\r\ntold:last\r\n");
  const HttpAnswer binary = Call("SayHello", Framed(kDataFlag, kHello), "application/grpc-web",
                                 "X-User: 7\r\nSec-Fetch-Mode: cors\r\n");
  EXPECT_EQ(binary.status, 200);
  EXPECT_EQ(binary.body, wanted);
  EXPECT_NE(binary.head.find("got-x-user: 7\r\n"), std::string::npos) << binary.head;
  EXPECT_EQ(binary.head.find("got-sec-"), std::string::npos) << binary.head;
  EXPECT_NE(binary.head.find("Content-Type: application/grpc-web+proto\r\n"), std::string::npos);
  EXPECT_NE(binary.head.find("Content-Length: "), std::string::npos) << binary.head;
  const HttpAnswer text =
      Call("SayHello", ToBase64(Framed(kDataFlag, kHello)), "application/grpc-web-text");
  EXPECT_EQ(text.body, ToBase64(Framed(kDataFlag, kHelloReply)) +
                           ToBase64(Framed(kTrailersFlag, "grpc-status:0\r\ntold:last\r\n")));
}

TEST_F(GatewayWeb, StreamsMessagesAndThenTheEnd) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer answer = Call("StreamHello", Framed(kDataFlag, kHello + "\x10\x02"));
  EXPECT_EQ(answer.body, Framed(kDataFlag, kHelloReply) + Framed(kDataFlag, kHelloReply) +
                             Framed(kTrailersFlag, "grpc-status:0\r\ntold:last\r\n"));
}

TEST_F(GatewayWeb, TellsErrorsAsGrpcDoes) {
  DescribedServer server({.description = Greeter()});
  Publish({{"a", server.port()}});
  const HttpAnswer failed = Call("SayHello", Framed(kDataFlag, std::string("\x0a\x04") + "fail"));
  EXPECT_EQ(failed.status, 200);
  const std::string said = failed.head + failed.body;
  EXPECT_NE(said.find("grpc-message:"), std::string::npos) << said;
  EXPECT_NE(said.find("nobody of that name"), std::string::npos) << said;
  const HttpAnswer unknown = Call("SayNothing", Framed(kDataFlag, kHello));
  EXPECT_EQ(unknown.status, 200);
  EXPECT_NE(unknown.head.find("grpc-status: 12\r\n"), std::string::npos) << unknown.head;
  const HttpAnswer broken = Call("SayHello", "?");
  EXPECT_NE(broken.head.find("grpc-status: 3\r\n"), std::string::npos) << broken.head;
}

TEST_F(GatewayWeb, LetsThePagesReadThatTheLabelNames) {
  DescribedServer server({.description = Greeter()});
  traffic_.gateway.cors = {"https://a.example"};
  Publish({{"a", server.port()}});
  const auto ask = [&](const std::string& line, const std::string& origin) {
    return Ask({.line = line,
                .fields = "Origin: " + origin + "\r\nAccess-Control-Request-Method: " +
                          (line.ends_with("SayHello") ? "POST" : "GET") + "\r\n"});
  };
  const std::string allowed = "Access-Control-Allow-Origin: https://a.example\r\n";
  for (const std::string line : {"OPTIONS /pb.Greeter/SayHello", "OPTIONS /v1/hello/x"}) {
    const HttpAnswer yes = ask(line, "https://a.example");
    EXPECT_EQ(yes.status, 200) << yes.body;
    EXPECT_NE(yes.head.find(allowed), std::string::npos) << yes.head;
    EXPECT_EQ(ask(line, "https://b.example").status, 403);
  }
  EXPECT_EQ(ask("OPTIONS /v1/nothing", "https://a.example").status, 404);
  EXPECT_EQ(server.calls, 0);
  // Answers of every kind, refusals among them.
  EXPECT_NE(Get("/v1/hello/x", "Origin: https://a.example\r\n").head.find(allowed),
            std::string::npos);
  EXPECT_NE(Get("/v1/hello/x?times=many", "Origin: https://a.example\r\n").head.find(allowed),
            std::string::npos);
  EXPECT_NE(Call("SayHello", Framed(kDataFlag, kHello), "application/grpc-web",
                 "Origin: https://a.example\r\n")
                .head.find(allowed),
            std::string::npos);
  const HttpAnswer other = Get("/v1/hello/x", "Origin: https://b.example\r\n");
  EXPECT_EQ(other.head.find("Access-Control"), std::string::npos) << other.head;
}

}  // namespace
}  // namespace fairlead::gateway
