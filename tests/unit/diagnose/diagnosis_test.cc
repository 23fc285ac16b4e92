#include "diagnose/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::diagnose {
namespace {

using ::testing::HasSubstr;

// A world that answers as it is told, and by default as a healthy one.
class Script final : public Probes {
 public:
  Result<std::vector<Listener>> listeners = std::vector<Listener>{{"0.0.0.0", 50051}};
  Result<NameAnswer> name = NameAnswer{.server = "127.0.0.11", .ips = {"10.0.0.2"}};
  Result<std::optional<std::string>> connect = std::optional<std::string>();
  Result<GreetingAnswer> greeting =
      GreetingAnswer{.greeting = Greeting::kHttp2, .detail = "SETTINGS came"};
  Result<TlsAnswer> tls = TlsAnswer{.detail = "no TLS"};
  Result<HealthAnswer> health = HealthAnswer{.word = HealthWord::kServing, .detail = "SERVING"};
  Result<ReflectionAnswer> reflection =
      ReflectionAnswer{.is_told = true, .services = {"shop.Users", "grpc.health.v1.Health"}};
  Result<std::vector<std::string>> log = std::vector<std::string>{"serving on 0.0.0.0:50051"};
  Result<std::vector<int>> connections = std::vector<int>{1, 1};
  std::vector<Way> ways;  // on which calls were made

  Result<std::vector<Listener>> Listeners() override { return listeners; }
  Result<NameAnswer> Resolve(const std::string&) override { return name; }
  Result<std::optional<std::string>> Connect(const std::string&, std::uint16_t) override {
    return connect;
  }
  Result<GreetingAnswer> Greet(const std::string&, std::uint16_t) override { return greeting; }
  Result<TlsAnswer> Handshake(const std::string&, std::uint16_t, const std::string&) override {
    return tls;
  }
  Result<HealthAnswer> AskHealth(const Way& way, const std::string&) override {
    ways.push_back(way);
    return health;
  }
  Result<ReflectionAnswer> AskReflection(const Way& way) override {
    ways.push_back(way);
    return reflection;
  }
  Result<std::vector<std::string>> LogTail() override { return log; }
  Result<std::vector<int>> Connections(const std::vector<std::string>&, std::uint16_t) override {
    return connections;
  }
};

ContainerFacts Container(const std::string& name, const std::string& ip) {
  ContainerFacts facts;
  facts.name = name;
  facts.status = EngineStatus::kRunning;
  facts.network_mode = "shop_default";
  facts.networks = {{.network = "shop_default", .network_id = "n1", .ipv4 = ip, .ipv6 = ""}};
  return facts;
}

Case Setting() {
  return {.client = Container("web-1", "10.0.0.3"),
          .server = Container("api-1", "10.0.0.2"),
          .server_shown = "api.shop/1",
          .name = "api",
          .port = 50051,
          .health_service = "",
          .replica_ips = {"10.0.0.2", "10.0.0.4"}};
}

struct Seen {
  std::vector<Step> steps;
  bool is_fine = false;
  // "containers fine, network fault"
  std::string Text() const {
    std::string text;
    for (const Step& step : steps) {
      text += (text.empty() ? "" : ", ") + std::string(StepKindName(step.kind)) + " " +
              std::string(VerdictName(step.verdict));
    }
    return text;
  }
};

Seen Look(const Case& setting, Script& script) {
  Seen seen;
  seen.is_fine = Diagnose(setting, script, [&](const Step& step) {
    seen.steps.push_back(step);
    return true;
  });
  return seen;
}

TlsAnswer GoodTls() {
  return {.is_tls = true, .detail = "TLSv1.3", .has_h2 = true, .is_for_name = true};
}

TEST(Diagnosis, OfAHealthyWayEveryStepIsFine) {
  Script script;
  Case setting = Setting();
  Seen seen = Look(setting, script);
  EXPECT_TRUE(seen.is_fine);
  EXPECT_EQ(seen.Text(),
            "containers fine, network fine, name fine, listen fine, connect fine, http2 fine, "
            "health fine, reflection fine, log fine, pinned fine");
  for (const Step& step : seen.steps) EXPECT_EQ(step.advice, "") << StepKindName(step.kind);
  for (const Way& way : script.ways) EXPECT_FALSE(way.is_tls);
  setting.uses_tls = true;
  script.tls = GoodTls();
  script.ways.clear();
  seen = Look(setting, script);
  EXPECT_TRUE(seen.is_fine);
  EXPECT_EQ(seen.Text(),
            "containers fine, network fine, name fine, listen fine, connect fine, tls fine, health "
            "fine, reflection fine, log fine, pinned fine");
  ASSERT_EQ(script.ways.size(), 2U);
  for (const Way& way : script.ways) {
    EXPECT_TRUE(way.is_tls);
    EXPECT_EQ(way.name, "api");
    EXPECT_EQ(way.port, 50051);
  }
}

TEST(Diagnosis, SaysWhichTlsAServerTakesAndWhenThatIsTooMuch) {
  Script script;
  Case setting = Setting();
  setting.uses_tls = true;
  script.tls = GoodTls();
  script.tls->versions = {"TLSv1.2", "TLSv1.3"};
  Seen seen = Look(setting, script);
  EXPECT_EQ(seen.steps.at(5).verdict, Verdict::kFine);
  EXPECT_THAT(seen.steps.at(5).answer, HasSubstr("it takes TLSv1.2, TLSv1.3"));
  script.tls->versions = {"TLSv1.1", "TLSv1.2"};
  seen = Look(setting, script);
  EXPECT_EQ(seen.steps.at(5).verdict, Verdict::kNote);
  EXPECT_THAT(seen.steps.at(5).meaning, HasSubstr("also takes TLS below 1.2"));
}

// The setups that people break most, each found at its step with its sentence.
struct Broken {
  std::string what;
  std::function<void(Case&, Script&)> breaks;
  StepKind at;
  std::string meaning;
  std::string advice;
};

const Broken kBroken[] = {
    {"different networks",
     [](Case& setting, Script&) { setting.client.networks[0].network_id = "n2"; },
     StepKind::kNetwork, "they share no network", "docker network connect shop_default web-1"},
    {"listening on loopback",
     [](Case&, Script& script) { script.listeners = std::vector<Listener>{{"127.0.0.1", 50051}}; },
     StepKind::kListen, "it listens on loopback alone", "0.0.0.0:50051"},
    {"wrong port",
     [](Case&, Script& script) { script.listeners = std::vector<Listener>{{"::", 8080}}; },
     StepKind::kListen, "nothing listens on port 50051", "fairlead.port"},
    {"plaintext to TLS",
     [](Case&, Script& script) {
       script.greeting = GreetingAnswer{.greeting = Greeting::kTls, .detail = "a TLS alert"};
     },
     StepKind::kHttp2, "the client speaks plaintext, and the server TLS", "dial with TLS"},
    {"plaintext to TLS that hangs up",
     [](Case&, Script& script) {
       script.greeting = GreetingAnswer{.greeting = Greeting::kClosed, .detail = "closed"};
       script.tls = GoodTls();
     },
     StepKind::kHttp2, "the client speaks plaintext, and the server TLS", "dial with TLS"},
    {"TLS to plaintext", [](Case& setting, Script&) { setting.uses_tls = true; }, StepKind::kTls,
     "the client speaks TLS, and the server does not", "dial in plaintext"},
    {"expired certificate",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       script.tls = GoodTls();
       script.tls->is_expired = true;
     },
     StepKind::kTls, "the certificate has expired", "renew it"},
    {"wrong name",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       script.tls = GoodTls();
       script.tls->is_for_name = false;
     },
     StepKind::kTls, "the certificate is not for api", "subjectAltName"},
    {"HTTP/1 server",
     [](Case&, Script& script) {
       script.greeting = GreetingAnswer{.greeting = Greeting::kHttp1, .detail = "HTTP/1.1 400"};
     },
     StepKind::kHttp2, "an HTTP/1 server", "port of the gRPC server"},
    {"hung server",
     [](Case&, Script& script) {
       script.greeting = GreetingAnswer{.greeting = Greeting::kSilent, .detail = "no byte came"};
     },
     StepKind::kHttp2, "the process says nothing: it hangs", "fairlead restart api.shop/1"},
    {"crashed server",
     [](Case& setting, Script&) {
       setting.server.status = EngineStatus::kExited;
       setting.server.exit_code = 139;
     },
     StepKind::kContainers, "api-1 does not run", "docker logs api-1"},
    {"paused client", [](Case& setting, Script&) { setting.client.status = EngineStatus::kPaused; },
     StepKind::kContainers, "web-1 does not run", "docker logs web-1"},
    {"no such name", [](Case&, Script& script) { script.name->ips.clear(); }, StepKind::kName,
     "finds nobody", "xds:///api"},
    {"a resolver that asks others in vain",
     [](Case&, Script& script) {
       script.name = std::unexpected(Error{Code::kDeadlineExceeded, "no answer in time"});
     },
     StepKind::kName, "no container has that name", "xds:///api"},
    {"somebody else's name", [](Case&, Script& script) { script.name->ips = {"10.9.9.9"}; },
     StepKind::kName, "the name leads somewhere else", "rename one"},
    {"nothing but Docker's resolver listens",
     [](Case&, Script& script) { script.listeners = std::vector<Listener>{{"127.0.0.11", 40001}}; },
     StepKind::kListen, "has opened no port", "docker logs api-1"},
    {"a firewall", [](Case&, Script& script) { script.connect = "no answer in time"; },
     StepKind::kConnect, "TCP does not get through", "DOCKER-USER"},
    {"only old TLS",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       script.tls =
           TlsAnswer{.detail = "no TLS: protocol version", .versions = {"TLSv1", "TLSv1.1"}};
     },
     StepKind::kTls, "it takes no TLS that gRPC clients speak", "take TLS 1.2 and 1.3"},
    {"no ALPN",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       script.tls = GoodTls();
       script.tls->has_h2 = false;
     },
     StepKind::kTls, "does not choose h2", "offer h2"},
    {"NOT_SERVING",
     [](Case&, Script& script) {
       script.health = HealthAnswer{.word = HealthWord::kNotServing, .detail = "NOT_SERVING"};
     },
     StepKind::kHealth, "says itself that it does not serve", "docker logs api-1"},
    {"a server and a TLS profile that do not go together",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       setting.tls_profile = "corp";
       script.tls = GoodTls();
       script.health = HealthAnswer{.word = HealthWord::kNoTls, .detail = "unknown authority"};
     },
     StepKind::kHealth, "the TLS profile corp of its checks do not go together",
     "tls_profiles.corp"},
    {"no gRPC inside TLS",
     [](Case& setting, Script& script) {
       setting.uses_tls = true;
       script.tls = GoodTls();
       script.health = HealthAnswer{.word = HealthWord::kFailed, .detail = "no SETTINGS"};
     },
     StepKind::kHealth, "inside TLS it answers no call", "docker logs api-1"},
    {"answers no call",
     [](Case&, Script& script) { script.health = HealthAnswer{.word = HealthWord::kSilent}; },
     StepKind::kHealth, "it hangs", "fairlead restart"},
};

TEST(Diagnosis, EachBrokenSetupIsFoundAtItsStepWithItsSentenceAndNothingIsAskedAfter) {
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.what);
    Script script;
    Case setting = Setting();
    broken.breaks(setting, script);
    const Seen seen = Look(setting, script);
    EXPECT_FALSE(seen.is_fine);
    ASSERT_FALSE(seen.steps.empty());
    const bool has_log = seen.steps.back().kind == StepKind::kLog;
    ASSERT_GT(seen.steps.size(), has_log ? 1U : 0U);
    const Step& last = seen.steps[seen.steps.size() - (has_log ? 2 : 1)];
    const bool is_the_servers = last.kind != StepKind::kNetwork && last.kind != StepKind::kName &&
                                broken.what != "paused client";
    EXPECT_EQ(has_log, is_the_servers);
    EXPECT_EQ(last.verdict, Verdict::kFault);
    EXPECT_EQ(StepKindName(last.kind), StepKindName(broken.at));
    EXPECT_THAT(last.meaning, HasSubstr(broken.meaning));
    EXPECT_THAT(last.advice, HasSubstr(broken.advice));
    EXPECT_FALSE(last.tried.empty());
    EXPECT_FALSE(last.answer.empty() && broken.what != "answers no call");
    for (const Step& step : seen.steps) EXPECT_EQ(step.verdict == Verdict::kFault, &step == &last);
  }
}

TEST(Diagnosis, WhatIsWorthKnowingIsNoFault) {
  Script script;
  script.connections = std::vector<int>{1, 0};
  script.health = HealthAnswer{.word = HealthWord::kUnimplemented, .detail = "UNIMPLEMENTED"};
  script.reflection = ReflectionAnswer{.is_unimplemented = true, .detail = "UNIMPLEMENTED"};
  script.log = std::vector<std::string>{"serving", "rpc error: code = Unavailable\x1b[2J"};
  Seen seen = Look(Setting(), script);
  EXPECT_TRUE(seen.is_fine);
  const Step& log = seen.steps.at(seen.steps.size() - 2);
  EXPECT_EQ(log.answer, "2 lines, 1 of failed calls or connections");
  ASSERT_EQ(log.log.size(), 2U);
  EXPECT_FALSE(log.log[0].tells_grpc_error);
  EXPECT_TRUE(log.log[1].tells_grpc_error);
  EXPECT_EQ(log.log[1].text.find('\x1b'), std::string::npos);
  EXPECT_THAT(seen.Text(), HasSubstr("health note, reflection note, log note, pinned note"));
  EXPECT_THAT(seen.steps.back().meaning, HasSubstr("one connection carries every call"));
  Case bridge = Setting();
  for (ContainerFacts* facts : {&bridge.client, &bridge.server})
    facts->networks[0].network = "bridge";
  script.name->ips.clear();
  seen = Look(bridge, script);
  EXPECT_TRUE(seen.is_fine) << "the default bridge has no names for anybody";
  EXPECT_THAT(seen.Text(), HasSubstr("name note"));
}

TEST(Diagnosis, WhatCannotBeLookedAtBlamesNobodyAndTheRestGoesOn) {
  Script script;
  const Error denied{Code::kPermissionDenied, "needs SYS_PTRACE"};
  script.listeners = std::unexpected(denied);
  script.name = std::unexpected(denied);
  script.connect = std::unexpected(denied);
  script.greeting = std::unexpected(denied);
  script.health = std::unexpected(denied);
  script.reflection = std::unexpected(denied);
  script.log = std::unexpected(denied);
  script.connections = std::unexpected(denied);
  const Seen seen = Look(Setting(), script);
  EXPECT_TRUE(seen.is_fine);
  EXPECT_EQ(seen.Text(),
            "containers fine, network fine, name unseen, listen unseen, connect unseen, http2 "
            "unseen, health unseen, reflection unseen, log unseen, pinned unseen");
  EXPECT_THAT(seen.steps.back().answer, HasSubstr("SYS_PTRACE"));
}

TEST(Diagnosis, AServerThatAsksForACertificateIsNoFaultOfAnybody) {
  Script script;
  Case setting = Setting();
  setting.uses_tls = true;
  script.tls = GoodTls();
  script.health = HealthAnswer{.word = HealthWord::kNoTls, .detail = "refuses us"};
  const Seen seen = Look(setting, script);
  EXPECT_TRUE(seen.is_fine);
  EXPECT_THAT(seen.Text(), HasSubstr("tls fine, health unseen, reflection"));
}

TEST(Diagnosis, EndsWhenNobodyListens) {
  Script script;
  int steps = 0;
  EXPECT_TRUE(Diagnose(Setting(), script, [&](const Step&) { return ++steps < 3; }));
  EXPECT_EQ(steps, 3);
}

TEST(Diagnosis, HostNetworksAreAWayToo) {
  Script script;
  Case setting = Setting();
  setting.client.network_mode = "host";
  setting.client.networks.clear();
  EXPECT_TRUE(Look(setting, script).is_fine);
  setting.server.network_mode = "host";
  setting.server.networks.clear();
  script.listeners = std::vector<Listener>{{"127.0.0.1", 50051}};
  EXPECT_TRUE(Look(setting, script).is_fine) << "loopback is theirs together";
}

}  // namespace
}  // namespace fairlead::diagnose
