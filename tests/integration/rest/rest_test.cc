// The API over HTTP against the same API over gRPC, both real, over one daemon that a test makes.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "admin/server.h"
#include "base/error_reasons.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "http/server.h"
#include "integration/admin/fake_control.h"
#include "integration/http/raw_peer.h"
#include "rest/rest_handler.h"
#include "runtime/io_thread.h"
#include "telemetry/log.h"
#include "transcode/bind.h"

namespace fairlead::rest {
namespace {

using namespace std::chrono_literals;
using http::RawPeer;
using http::Unchunked;
using nlohmann::json;

constexpr auto kPatience = 20s;
constexpr const char* kToken = "the-token-of-the-test";

struct Answered {
  int status = 0;
  std::string head;
  std::string body;
};

// Whoever comes over loopback may everything, so that gRPC's answers can be compared with HTTP's.
access::Policy Everything() {
  return {.admins = {{.kind = access::Rule::Kind::kLoopback}}};
}

class RestApi : public ::testing::Test {
 protected:
  explicit RestApi(access::Policy policy = Everything()) {
    control_.AddService("shop", "user-service", 3);
    control_.AddService("shop", "cart", 1);
    control_.status.phase = fleet::Phase::kServing;
    control_.answers["user-service.shop/2"] = Result<>();
    control_.answers["user-service.shop/3"] =
        Fail(Code::kFailedPrecondition, "restart user-service.shop/3: min-available",
             {.reason = reasons::kMinAvailable, .subject = "user-service.shop/3"});
    control_.answers["user-service.shop"] = Result<>();
    control_.answers["shop"] = Result<>();
    for (const std::string code : {"one", "two", "three"}) control_.Record(code);
    admin::AdminServer::Options options;
    options.listen = {"127.0.0.1:0"};
    options.version = "1.2.3";
    options.access = std::move(policy);
    options.bootstrap = [](const admin::BootstrapQuestion&) -> Result<std::string> { return "{}"; };
    options.settings.in_force = [] {
      return std::vector<config::KeyInForce>{
          {.key = "log.level", .setting = {.value = "info", .exact = ""}, .reloads = true}};
    };
    options.settings.set_level = [](telemetry::Level, const std::string&) {
      return telemetry::Level::kInfo;
    };
    admin_ = std::make_unique<admin::AdminServer>(std::move(options), control_, log_);
    EXPECT_TRUE(admin_->Start());
    channel_ = grpc::CreateChannel(admin_->addresses().at(0), grpc::InsecureChannelCredentials());
    auto made = RestHandler::Make(loop_.context(), {.channel = admin_->InProcessChannel(),
                                                    .services = {service_},
                                                    .guard = ActGuard(kToken, http::HostGate({})),
                                                    .version = "1.2.3"});
    EXPECT_TRUE(made) << made.error().Text();
    handler_ = *std::move(made);
    loop_.RunAndWait([this] {
      server_ = std::make_unique<http::Server>(loop_.context(), http::Server::Options{}, *handler_);
      port_ = *server_->ListenTcp("127.0.0.1", 0);
    });
  }
  ~RestApi() override {
    loop_.RunAndWait([this] { server_.reset(); });
    admin_->Stop(0s);
    loop_.Stop();
  }

  static std::string Request(const std::string& line, const std::string& fields = "",
                             const std::string& body = "") {
    std::string text = line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields;
    if (!body.empty()) {
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n";
    }
    return text + "\r\n" + body;
  }
  static std::string Token() { return std::string("Authorization: Bearer ") + kToken + "\r\n"; }
  Answered Ask(const std::string& request) {
    RawPeer client(port_);
    client.Send(request);
    const std::string text = client.Until("");
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos || !text.starts_with("HTTP/1.1 ")) return {};
    Answered answered{.status = std::stoi(text.substr(9, 3)),
                      .head = text.substr(0, end),
                      .body = text.substr(end + 4)};
    if (answered.head.find("chunked") != std::string::npos)
      answered.body = Unchunked(answered.body);
    return answered;
  }
  // The lines of a stream over HTTP, or the one object, as JSON.
  static std::vector<json> Objects(const Answered& answered, bool is_stream) {
    std::vector<json> objects;
    std::istringstream lines(answered.body);
    for (std::string line; std::getline(lines, line);) {
      const json object = json::parse(line, nullptr, false);
      objects.push_back(is_stream && object.contains("result") ? object["result"] : object);
    }
    return objects;
  }

  // The same call over gRPC: its messages as JSON, and its status last if it is not OK.
  std::vector<json> Call(const google::protobuf::MethodDescriptor& method,
                         const std::string& text) {
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    std::unique_ptr<google::protobuf::Message> request(
        factory->GetPrototype(method.input_type())->New());
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, request.get()).ok()) << text;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(
        &context, "/" + method.service()->full_name() + "/" + method.name(), &queue);
    const auto wait = [&] {
      void* tag = nullptr;
      bool is_good = false;
      return queue.Next(&tag, &is_good) && is_good;
    };
    call->StartCall(nullptr);
    wait();
    const grpc::Slice slice(request->SerializeAsString());
    const grpc::ByteBuffer bytes(&slice, 1);
    call->WriteLast(bytes, {}, nullptr);
    wait();
    std::vector<json> objects;
    while (true) {
      grpc::ByteBuffer response;
      call->Read(&response, nullptr);
      if (!wait()) break;
      grpc::Slice whole;
      EXPECT_TRUE(response.DumpToSingleSlice(&whole).ok());
      std::unique_ptr<google::protobuf::Message> message(
          factory->GetPrototype(method.output_type())->New());
      EXPECT_TRUE(message->ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
      objects.push_back(json::parse(transcode::AnswerJson(*request, *message)));
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    if (!status.ok()) {
      google::rpc::Status sent;
      EXPECT_TRUE(sent.ParseFromString(status.error_details())) << status.error_message();
      EXPECT_EQ(sent.code(), status.error_code());
      EXPECT_EQ(sent.message(), status.error_message());
      EXPECT_GT(sent.details_size(), 0);
      json shown = json::parse(transcode::JsonOf(sent));
      // Inside of an Any the printer leaves an empty map out.
      for (json& detail : shown["details"]) {
        if (detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo")
          detail.emplace("metadata", json::object());
      }
      objects.push_back(std::move(shown));
    }
    return objects;
  }

  const google::protobuf::ServiceDescriptor* service_ =
      admin::v1::GetStatusRequest::descriptor()->file()->service(0);
  testing::FakeControl control_;
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  std::unique_ptr<admin::AdminServer> admin_;
  std::shared_ptr<grpc::Channel> channel_;
  runtime::IoThread loop_{"rest-test"};
  std::unique_ptr<RestHandler> handler_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

struct Pair {
  std::string method;
  std::string line;     // of HTTP
  std::string body;     // of HTTP
  std::string request;  // the same as the JSON of the gRPC request
};

const std::vector<Pair>& Pairs() {
  static const std::vector<Pair> kPairs = {
      {"GetStatus", "GET /v1/status", "", "{}"},
      {"ListServices", "GET /v1/services", "", "{}"},
      {"ListServices", "GET /v1/services?page_size=1", "", R"({"pageSize": 1})"},
      {"ListServices", "GET /v1/services?pageToken=x", "", R"({"pageToken": "x"})"},
      {"ListServices", "GET /v1/services?pageSize=-1", "", R"({"pageSize": -1})"},
      {"ListServices", "GET /v1/services?readMask=name,replicaCount", "",
       R"({"readMask": "name,replicaCount"})"},
      {"ListServices", "GET /v1/services?read_mask=nothing", "", R"({"readMask": "nothing"})"},
      {"ListReplicas", "GET /v1/replicas?readMask=displayName,lastCheck.latency", "",
       R"({"readMask": "displayName,lastCheck.latency"})"},
      {"ListDiagnostics", "GET /v1/diagnostics?readMask=*", "", R"({"readMask": "*"})"},
      {"GetConfig", "GET /v1/config", "", "{}"},
      {"ListCertificates", "GET /v1/certificates", "", "{}"},
      {"SetLogLevel", "POST /v1/log:setLevel", R"({"level": "LOG_LEVEL_DEBUG"})",
       R"({"level": "LOG_LEVEL_DEBUG"})"},
      {"SetLogLevel", "POST /v1/log:setLevel", "", "{}"},
      {"ListReplicas", "GET /v1/services/user-service.shop/replicas?pageSize=2", "",
       R"({"parent": "services/user-service.shop", "pageSize": 2})"},
      {"ListReplicas", "GET /v1/services/-/replicas", "", R"({"parent": "services/-"})"},
      {"ListReplicas", "GET /v1/services/nothing/replicas", "",
       R"({"parent": "services/nothing"})"},
      {"ListReplicas", "GET /v1/replicas", "", "{}"},
      {"ListDiagnostics", "GET /v1/diagnostics", "", "{}"},
      {"Lint", "POST /v1/lint",
       R"({"files": [{"name": "api.labels", "text": "fairlead.enable=ture"}]})",
       R"({"files": [{"name": "api.labels", "text": "fairlead.enable=ture"}]})"},
      {"Lint", "POST /v1/lint", "{}", "{}"},
      {"WatchEvents", "GET /v1/events", "", "{}"},
      {"WatchEvents", "GET /v1/events?after_id=2", "", R"({"afterId": "2"})"},
      {"WatchEvents", "GET /v1/events?since=2100-01-01T00:00:00Z", "",
       R"({"since": "2100-01-01T00:00:00Z"})"},
      {"WatchEndpoints", "GET /v1/services/user-service.shop/endpoints", "",
       R"({"name": "services/user-service.shop"})"},
      {"WatchEndpoints", "GET /v1/services/-/endpoints", "", R"({"name": "services/-"})"},
      {"WatchEndpoints", "GET /v1/services/nothing/endpoints", "",
       R"({"name": "services/nothing"})"},
      {"Restart", "POST /v1/services/user-service.shop/replicas/2:restart", R"({"reason": "r"})",
       R"({"name": "services/user-service.shop/replicas/2", "reason": "r"})"},
      {"Restart", "POST /v1/services/user-service.shop/replicas/3:restart", "",
       R"({"name": "services/user-service.shop/replicas/3"})"},
      {"Restart", "POST /v1/replicas:restart", R"({"name": "user-service.shop/2", "force": true})",
       R"({"name": "user-service.shop/2", "force": true})"},
      {"Drain", "POST /v1/services/user-service.shop/replicas/2:drain", "",
       R"({"name": "services/user-service.shop/replicas/2"})"},
      {"Undrain", "POST /v1/services/user-service.shop/replicas/2:undrain", "",
       R"({"name": "services/user-service.shop/replicas/2"})"},
      {"Evict", "POST /v1/services/user-service.shop/replicas/2:evict", "",
       R"({"name": "services/user-service.shop/replicas/2"})"},
      {"DryRun", "POST /v1/services/user-service.shop/replicas/2:dryRun",
       R"({"act": "TRIED_ACT_RESTART"})",
       R"({"name": "services/user-service.shop/replicas/2", "act": "TRIED_ACT_RESTART"})"},
      {"DryRun", "POST /v1/replicas:dryRun",
       R"({"name": "user-service.shop/2", "act": "TRIED_ACT_EVICT"})",
       R"({"name": "user-service.shop/2", "act": "TRIED_ACT_EVICT"})"},
      {"Pause", "POST /v1/services/user-service.shop:pause", "",
       R"({"name": "services/user-service.shop"})"},
      {"Pause", "POST /v1/projects/shop:pause", "", R"({"name": "projects/shop"})"},
      {"Resume", "POST /v1/services/user-service.shop:resume", "",
       R"({"name": "services/user-service.shop"})"},
      {"GetBootstrap", "GET /v1/bootstrap?kind=BOOTSTRAP_KIND_GRPC", "",
       R"({"kind": "BOOTSTRAP_KIND_GRPC"})"},
      {"GetBootstrap", "GET /v1/bootstrap", "", "{}"},
      {"ListClients", "GET /v1/clients?pageSize=1", "", R"({"pageSize": 1})"},
      {"GetClient", "GET /v1/clients/17", "", R"({"name": "clients/17"})"},
      {"Explain", "GET /v1/services/user-service.shop:explain", "",
       R"({"name": "services/user-service.shop"})"},
      {"Explain", "GET /v1/services/user-service.shop/replicas/2:explain", "",
       R"({"name": "services/user-service.shop/replicas/2"})"},
      {"Diagnose", "POST /v1/services/user-service.shop:diagnose", R"({"client": "api"})",
       R"({"client": "api", "service": "services/user-service.shop"})"},
  };
  return kPairs;
}

// Two calls take two times, and times of one clock are told by another that is read for each
// answer; and who asks is told as who it is.
json WithoutTimes(const json& value) {
  static const std::regex kTime("[0-9-]{10}T[0-9:.]+Z|[0-9.]+s");
  if (value.is_string() && std::regex_match(value.get<std::string>(), kTime)) return "(time)";
  if (!value.is_structured()) return value;
  json out = value;
  if (out.is_object()) out.erase("caller");
  for (json& inner : out) inner = WithoutTimes(inner);
  return out;
}

TEST_F(RestApi, AnswersEveryMethodAsGrpcDoes) {
  for (const Pair& pair : Pairs()) {
    SCOPED_TRACE(pair.line);
    const auto* method = service_->FindMethodByName(pair.method);
    ASSERT_NE(method, nullptr);
    const Answered answered = Ask(Request(pair.line, Token(), pair.body));
    const json over_http = WithoutTimes(Objects(answered, method->server_streaming()));
    const json over_grpc = WithoutTimes(Call(*method, pair.request));
    EXPECT_EQ(over_http, over_grpc) << answered.head << "\n" << answered.body;
    const bool is_error = !over_grpc.empty() && over_grpc.back().contains("code");
    EXPECT_EQ(answered.status == 200, !is_error) << answered.status;
  }
}

TEST_F(RestApi, TellsProgramsWhyAnActWasRefusedAndWhichFieldIsWrong) {
  const Answered refused =
      Ask(Request("POST /v1/services/user-service.shop/replicas/3:restart", Token()));
  EXPECT_EQ(json::parse(refused.body).at("details"),
            json::parse(R"([{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                             "reason": "MIN_AVAILABLE", "domain": "fairlead",
                             "metadata": {"subject": "user-service.shop/3"}}])"));
  const json wrong = json::parse(Ask(Request("GET /v1/services?pageSize=-1")).body).at("details");
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_EQ(wrong[0].at("reason"), "INVALID_ARGUMENT");
  EXPECT_EQ(wrong[1].at("fieldViolations").at(0).at("field"), "page_size");
  const auto reason_of = [&](const std::string& request) {
    return json::parse(Ask(request).body).at("details").at(0).at("reason");
  };
  EXPECT_EQ(reason_of(Request("POST /v1/replicas:drain")), "TOKEN_MISSING");
  EXPECT_EQ(reason_of(Request("GET /v1/nothing")), "NOT_FOUND");
  EXPECT_EQ(reason_of(Request("GET /v1/services?readMask=nothing")), "NO_SUCH_FIELD");
}

TEST_F(RestApi, AStreamThatFailsTellsWhyAfterWhatItTold) {
  RawPeer client(port_);
  client.Send(Request("GET /v1/events?follow=true"));
  client.Until("\"three\"");
  admin_->Stop(20s);  // what is told last has time to be told
  const std::string rest = client.Until("");
  EXPECT_NE(rest.find("\"error\""), std::string::npos) << rest;
  EXPECT_NE(rest.find("\"reason\":\"DAEMON_STOPPING\""), std::string::npos) << rest;
}

TEST_F(RestApi, TellsOnlyTheFieldsThatWereAskedFor) {
  const json all = json::parse(Ask(Request("GET /v1/services?readMask=name")).body);
  EXPECT_EQ(all.at("services"), json::parse(R"([{"name": "services/cart.shop"},
                                                {"name": "services/user-service.shop"}])"));
}

TEST_F(RestApi, HasAPairForEveryMethodWithAPath) {
  const auto routes = transcode::Routes::Of({service_});
  ASSERT_TRUE(routes);
  std::set<std::string> asked;
  for (const Pair& pair : Pairs()) asked.insert(pair.method);
  for (const transcode::Route& route : routes->all())
    EXPECT_TRUE(asked.contains(route.method->name())) << route.method->name();
}

TEST_F(RestApi, ActsOnlyWithTheTokenAndReadsWithout) {
  EXPECT_EQ(Ask(Request("GET /v1/status")).status, 200);
  const std::string act = "POST /v1/services/user-service.shop/replicas/2:restart";
  EXPECT_EQ(Ask(Request(act)).status, 401);
  EXPECT_EQ(Ask(Request(act, "Authorization: Bearer other\r\n")).status, 401);
  EXPECT_EQ(Ask(Request(act, Token() + "Origin: http://evil.example\r\n")).status, 403);
  EXPECT_TRUE(control_.commands().empty());
  EXPECT_EQ(Ask(Request(act, Token())).status, 200);
  ASSERT_EQ(control_.commands().size(), 1U);
  EXPECT_TRUE(control_.commands()[0].actor.starts_with("http from 127.0.0.1:"))
      << control_.commands()[0].actor;
}

class RestRoles : public RestApi {
 protected:
  RestRoles() : RestApi(access::Policy{}) {}
};

// The token makes an admin; without it who asks over HTTP is who comes over loopback, here nobody.
TEST_F(RestRoles, EveryPathTakesARoleAndTheTokenHasAll) {
  for (const Pair& pair : Pairs()) {
    SCOPED_TRACE(pair.line);
    const Answered without = Ask(Request(pair.line, "", pair.body));
    EXPECT_EQ(without.status, 401) << without.body;
    const bool is_read = pair.line.starts_with("GET ");
    EXPECT_NE(without.body.find(is_read ? reasons::kRoleMissing : reasons::kTokenMissing),
              std::string::npos)
        << without.body;
    EXPECT_NE(Ask(Request(pair.line, Token(), pair.body)).status, 401);
  }
}

TEST_F(RestApi, NoHeaderSaysWhoAsks) {
  const std::string act = "POST /v1/services/user-service.shop/replicas/2:restart";
  EXPECT_EQ(
      Ask(Request(act, Token() + "fairlead-uid: 0\r\nGrpc-Metadata-fairlead-uid: 0\r\n")).status,
      200);
  grpc::ClientContext context;
  context.AddMetadata("fairlead-uid", "0");
  admin::v1::RestartRequest request;
  request.set_name("user-service.shop/2");
  admin::v1::ActResult result;
  EXPECT_TRUE(admin::v1::Admin::NewStub(channel_)->Restart(&context, request, &result).ok());
  for (const auto& command : control_.commands())
    EXPECT_EQ(command.actor.find("uid"), std::string::npos) << command.actor;
}

TEST_F(RestApi, SaysWhatIsThereAndWithWhichMethod) {
  const Answered wrong = Ask(Request("POST /v1/status", Token()));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_NE(wrong.head.find("\r\nAllow: GET, HEAD"), std::string::npos) << wrong.head;
  EXPECT_EQ(Ask(Request("GET /v1/nothing")).status, 404);
  EXPECT_EQ(Ask(Request("OPTIONS /v1/status")).status, 405);
  EXPECT_EQ(Ask(Request("GET /v1/services?nothing=1")).status, 400);
  EXPECT_EQ(Ask(Request("GET /v1/status", "Grpc-Timeout: soon\r\n")).status, 400);
  const Answered head = Ask(Request("HEAD /v1/status"));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(RestApi, ACallHasNoMoreThanItsTime) {
  const Answered late = Ask(
      Request("POST /v1/services/cart.shop/replicas/1:restart", Token() + "Grpc-Timeout: 30m\r\n"));
  EXPECT_EQ(late.status, 504) << late.body;
  control_.Release(Result<>());
}

TEST_F(RestApi, EventsComeAsServerSentEventsAndGoOnWhereTheyWere) {
  RawPeer client(port_);
  client.Send(
      Request("GET /v1/events?follow=true", "Accept: text/event-stream\r\nLast-Event-ID: 2\r\n"));
  std::string text = client.Until("id: 3\ndata: {");
  EXPECT_NE(text.find("Content-Type: text/event-stream"), std::string::npos) << text;
  EXPECT_EQ(text.find("id: 2\n"), std::string::npos) << text;
  control_.Record("four");
  text = client.Until("id: 4\ndata: {");
  EXPECT_NE(text.find("id: 4\ndata: {"), std::string::npos) << text;
  EXPECT_EQ(
      Ask(Request("GET /v1/events", "Accept: text/event-stream\r\nLast-Event-ID: x\r\n")).status,
      400);
}

TEST_F(RestApi, AStreamWithNothingToTellIsOpenAllTheSame) {
  RawPeer client(port_);
  client.Send(Request("GET /v1/events?follow=true&after_id=3"));
  const std::string text = client.Until("\r\n\r\n");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK")) << text;
  control_.Record("four");
  EXPECT_NE(client.Until("\"four\"").find("\"code\":\"four\""), std::string::npos);
}

TEST_F(RestApi, EndpointsAreToldAgainWhenTheyChange) {
  RawPeer client(port_);
  client.Send(Request("GET /v1/services/cart.shop/endpoints?watch"));
  EXPECT_NE(client.Until("cart.shop/1").find("\"address\":\"172.31.0.1:50051\""),
            std::string::npos);
  fleet::ServiceReport changed = *control_.services.at(1);
  changed.revision += 1;
  changed.replicas.at(0).in_rotation = false;
  control_.ReplaceService(1, changed);
  const std::string text = client.Until("\"endpoints\":[]");
  EXPECT_NE(text.find("\"revision\":\"8\",\"endpoints\":[]"), std::string::npos) << text;
}

TEST_F(RestApi, AReaderWhoGoesFreesHisPlace) {
  for (int round = 0; round < 70; ++round) {  // more than the feed has places
    RawPeer client(port_);
    client.Send(Request("GET /v1/events?follow=true"));
    ASSERT_NE(client.Until("\"three\"").find("\"three\""), std::string::npos) << round;
  }
}

}  // namespace
}  // namespace fairlead::rest
