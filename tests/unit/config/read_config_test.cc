// What the file may hold, and everything that may be wrong with it.
#include "config/read_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "spec/diagnostic_codes.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;

ConfigReading ReadFile(const std::string& text) {
  return ReadConfig({.file_text = text, .file_path = "/etc/fairlead/config.json"});
}

// "subject code" of each problem.
std::vector<std::string> ProblemsOf(const ConfigReading& reading) {
  std::vector<std::string> problems;
  for (const auto& d : reading.diagnostics) problems.push_back(d.subject + " " + d.code);
  return problems;
}

using Problems = std::vector<std::string>;

TEST(ReadConfig, DefaultsAreThoseOfTheReference) {
  const ConfigReading reading = ReadConfig({});
  EXPECT_TRUE(reading.ok());
  EXPECT_TRUE(reading.diagnostics.empty());
  const Config& config = reading.config;
  EXPECT_EQ(config.engine_endpoint.Text(), "unix:///var/run/docker.sock");
  ASSERT_EQ(config.discovery.listen.size(), 2U);
  EXPECT_EQ(config.discovery.listen[0].Text(), "unix:/run/fairlead/xds/xds.sock");
  EXPECT_EQ(config.discovery.listen[1].Text(), "127.0.0.1:18000");
  ASSERT_EQ(config.admin.listen.size(), 1U);
  EXPECT_EQ(config.admin.listen[0].Text(), "unix:/run/fairlead/admin/admin.sock");
  ASSERT_EQ(config.http.listen.size(), 1U);
  EXPECT_EQ(config.http.listen[0].Text(), "127.0.0.1:18080");
  EXPECT_EQ(config.state_dir, "/var/lib/fairlead");
  EXPECT_FALSE(config.policy.observe_only);
  EXPECT_EQ(config.policy.max_concurrent_repairs, 2);
  EXPECT_EQ(config.policy.panic_threshold_percent, 50);
  EXPECT_EQ(config.log, (LogConfig{.level = "info", .format = "text"}));
  EXPECT_TRUE(config.envoy_listeners.empty());
}

TEST(ReadConfig, ReadsNestedAndDottedKeysAndComments) {
  const ConfigReading reading = ReadFile(
      "\xEF\xBB\xBF// ours\r\n{\r\n"
      "  \"policy\": {\"observe_only\": true}, /* two */\r\n"
      "  \"log.level\": \"debug\",\r\n"
      "  \"defaults\": {\"health\": {\"interval\": \"2s\"}, \"weight\": 5,\r\n"
      "               \"repair\": \"observe\", \"repair.cascade\": false}\r\n"
      "}\r\n");
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  EXPECT_TRUE(reading.config.policy.observe_only);
  EXPECT_EQ(reading.config.log.level, "debug");
  EXPECT_EQ(reading.config.defaults,
            (std::map<std::string, std::string>{{"health.interval", "2s"},
                                                {"repair", "observe"},
                                                {"repair.cascade", "false"},
                                                {"weight", "5"}}));
  EXPECT_EQ(reading.config.settings.at("defaults.weight").origin, Origin::kFile);
}

TEST(ReadConfig, ReadsEnvoyListenersByAddressOrByName) {
  const ConfigReading reading = ReadFile(
      R"({"envoy": {"listeners": ["0.0.0.0:10000", {"name": "edge", "address": "127.0.0.1:10001"}]}})");
  EXPECT_EQ(ProblemsOf(reading), Problems{});
  ASSERT_EQ(reading.config.envoy_listeners.size(), 2U);
  EXPECT_EQ(reading.config.envoy_listeners[0].name, "listener-10000");
  EXPECT_EQ(reading.config.envoy_listeners[0].address.Text(), "0.0.0.0:10000");
  EXPECT_EQ(reading.config.envoy_listeners[1].name, "edge");
}

TEST(ReadConfig, TellsAllProblemsAtOnce) {
  const ConfigReading reading = ReadFile(R"({
    "engine": {"endpoint": "tcp://10.0.0.1:2375"},
    "discovery": {"listen": ["unix:/x", "xds.sock", 7], "max_connection_age": "500ms"},
    "polcy": {"observe_only": true},
    "policy": {"max_concurrent_repairs": 0, "panic_threshold": "101%", "observe_onyl": true},
    "defaults": {"health.intervall": "2s", "weight": "heavy", "enable": "true"},
    "state_dir": "var/lib",
    "http": {"listen": ["0.0.0.0:18080"]},
    "log": {"level": "verbose"}
  })");
  EXPECT_FALSE(reading.ok());
  auto problems = ProblemsOf(reading);
  std::sort(problems.begin(), problems.end());
  EXPECT_EQ(
      problems,
      (Problems{"defaults.enable config-bad-value", "defaults.health.intervall config-unknown-key",
                "defaults.weight label-bad-integer", "discovery.listen[1] config-bad-value",
                "discovery.listen[2] config-wrong-type",
                "discovery.max_connection_age config-bad-value",
                "engine.endpoint config-plaintext-refused",
                "http.listen[0] config-plaintext-refused", "log.level config-bad-value",
                "polcy config-unknown-key", "policy.max_concurrent_repairs config-bad-value",
                "policy.observe_onyl config-unknown-key", "policy.panic_threshold config-bad-value",
                "state_dir config-bad-value"}));
}

TEST(ReadConfig, AConnectionsAgeIsWithinItsBoundsOrNone) {
  const auto reading_of = [](const std::string& value) {
    return ReadFile(R"({"discovery": {"max_connection_age": )" + value + "}}");
  };
  EXPECT_EQ(ReadFile("{}").config.discovery.max_connection_age, std::chrono::hours(6));
  EXPECT_EQ(reading_of("\"0s\"").config.discovery.max_connection_age, Duration::zero());
  EXPECT_EQ(reading_of("\"1s\"").config.discovery.max_connection_age, std::chrono::seconds(1));
  EXPECT_EQ(reading_of("\"24h\"").config.discovery.max_connection_age, std::chrono::hours(24));
  for (const char* value : {"\"999ms\"", "\"24h1s\"", "\"-1s\"", "\"30\"", "\"\""}) {
    EXPECT_EQ(ProblemsOf(reading_of(value)),
              Problems{"discovery.max_connection_age config-bad-value"})
        << value;
  }
  EXPECT_EQ(ProblemsOf(reading_of("30")),
            Problems{"discovery.max_connection_age config-wrong-type"});
}

TEST(ReadConfig, AnEngineOverANetworkNeedsATlsProfile) {
  const std::string profiles = R"("tls_profiles": {"corp": {"ca": "/ca.pem"}})";
  const auto problems = [&](const std::string& engine) {
    return ProblemsOf(ReadFile(R"({"engine": {)" + engine + "}, " + profiles + "}"));
  };
  EXPECT_EQ(problems(R"("endpoint": "tcp://10.0.0.5:2376", "tls": "corp")"), Problems{});
  EXPECT_EQ(problems(R"("endpoint": "tcp://docker.example:2376", "tls": "corp")"), Problems{});
  EXPECT_EQ(problems(R"("endpoint": "tcp://127.0.0.1:2376", "tls": "corp")"), Problems{});
  EXPECT_EQ(problems(R"("endpoint": "tcp://127.0.0.1:2375")"), Problems{});
  EXPECT_EQ(problems(R"("endpoint": "tcp://10.0.0.5:2375")"),
            Problems{"engine.endpoint config-plaintext-refused"});
  EXPECT_EQ(problems(R"("endpoint": "tcp://docker.example:2375", "tls": "")"),
            Problems{"engine.endpoint config-plaintext-refused"});
  EXPECT_EQ(problems(R"("endpoint": "tcp://10.0.0.5:2376", "tls": "corpp")"),
            Problems{"engine.tls tls-profile-unknown"});
  EXPECT_EQ(problems(R"("tls": "corp")"), Problems{"engine.tls config-bad-value"});
  EXPECT_EQ(problems(R"("endpoint": "tcp://10.0.0.5:2376", "tls": "A b")"),
            (Problems{"engine.tls config-bad-value", "engine.endpoint config-plaintext-refused"}));
  EXPECT_EQ(problems(R"("endpoint": "tcp://10.0.0.5:2376", "tls": ["corp"])"),
            (Problems{"engine.tls config-wrong-type", "engine.endpoint config-plaintext-refused"}));
}

TEST(ReadConfig, APlaneServesAProfileThatCan) {
  const auto problems = [](const std::string& plane, const std::string& profile) {
    return ProblemsOf(ReadFile("{" + plane + R"(, "tls_profiles": {"ops": {)" + profile + "}}}"));
  };
  const std::string pair = R"("cert": "/c", "key": "/k")";
  const std::string mutual = pair + R"(, "ca": "/a", "client_auth": "require")";
  for (const std::string plane : {"discovery", "admin", "http", "gateway"}) {
    const auto with = [&](const std::string& listen, const std::string& tls) {
      return "\"" + plane + R"(": {"listen": [)" + listen + R"(], "tls": ")" + tls + "\"}";
    };
    EXPECT_EQ(problems(with(R"("127.0.0.1:1", "unix:/x")", "ops"), pair), Problems{});
    EXPECT_EQ(problems(with(R"("127.0.0.1:1")", "ops"), mutual), Problems{});
    EXPECT_EQ(problems(with(R"("127.0.0.1:1")", "oops"), pair),
              Problems{plane + ".tls tls-profile-unknown"});
    EXPECT_EQ(problems(with(R"("127.0.0.1:1")", "ops"), R"("ca": "/a")"),
              Problems{plane + ".tls config-bad-value"});
    EXPECT_EQ(problems(with(R"("127.0.0.1:1")", "ops"), pair + R"(, "client_auth": "request")"),
              Problems{plane + ".tls config-bad-value"});
    EXPECT_EQ(problems(with(R"("unix:/x")", "ops"), pair),
              Problems{plane + ".tls config-bad-value"});
    // Who may call a service is for the service to say.
    EXPECT_EQ(
        problems(with(R"("10.0.0.1:1")", "ops"), pair),
        plane == "gateway" ? Problems{} : Problems{plane + ".listen[0] config-plaintext-refused"});
    EXPECT_EQ(problems(with(R"("10.0.0.1:1")", ""), pair),
              Problems{plane + ".listen[0] config-plaintext-refused"});
    // The page and its API have a token for all, which a certificate does not stand for.
    EXPECT_EQ(
        problems(with(R"("10.0.0.1:1")", "ops"), mutual),
        plane != "http" ? Problems{} : (Problems{plane + ".listen[0] config-plaintext-refused"}));
  }
}

TEST(ReadConfig, APasswordStaysOutOfArgumentsAndOfAFileThatEverybodyReads) {
  const std::string hook = R"([{"url": "https://me:word@alerts.example/x"}])";
  const std::string text = R"({"webhooks": )" + hook + "}";
  const std::string plain = R"({"webhooks": [{"url": "https://alerts.example/x"}]})";
  EXPECT_EQ(ProblemsOf(ReadConfig({.file_text = text})), Problems{});
  EXPECT_EQ(ProblemsOf(ReadConfig({.file_text = text, .is_file_open = true})),
            Problems{"webhooks[0] config-bad-value"});
  EXPECT_EQ(ProblemsOf(ReadConfig({.file_text = plain, .is_file_open = true})), Problems{});
  EXPECT_EQ(ProblemsOf(ReadConfig({.arguments = {"--webhooks=" + hook}})),
            Problems{"webhooks[0] config-bad-value"});
  EXPECT_EQ(ProblemsOf(ReadConfig({.environment = {{"FAIRLEAD_WEBHOOKS", hook}}})), Problems{});
}

TEST(ReadConfig, RolesHaveDefaultsThatAListTakesThePlaceOf) {
  using Kind = access::Rule::Kind;
  const AccessConfig defaults = ReadFile("{}").config.access;
  EXPECT_EQ(defaults.viewers, (std::vector<access::Rule>{{.kind = Kind::kLoopback}}));
  EXPECT_EQ(defaults.operators, (std::vector<access::Rule>{{.kind = Kind::kUnix}}));
  EXPECT_EQ(defaults.admins,
            (std::vector<access::Rule>{{.kind = Kind::kUid, .id = 0}, {.kind = Kind::kSelf}}));
  const AccessConfig set =
      ReadFile(R"({"access": {"viewers": [], "operators": ["URI:spiffe://corp/ops/*"]}})")
          .config.access;
  EXPECT_TRUE(set.viewers.empty());
  EXPECT_EQ(set.operators,
            (std::vector<access::Rule>{
                {.kind = Kind::kUri, .text = "spiffe://corp/ops/", .has_star = true}}));
  EXPECT_EQ(set.admins, defaults.admins);
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"access": {"admins": ["self", "root", 0]}})")),
            (Problems{"access.admins[1] config-bad-value", "access.admins[2] config-wrong-type"}));
}

TEST(ReadConfig, ClientAuthIsAWordOrWhatItWasBefore) {
  const auto reading_of = [](const std::string& value) {
    return ReadFile(R"({"tls_profiles": {"ops": {"client_auth": )" + value + "}}}");
  };
  const auto read = [&](const std::string& value) {
    return reading_of(value).config.tls_profiles.at("ops").client_auth;
  };
  EXPECT_EQ(read("\"none\""), ClientAuth::kNone);
  EXPECT_EQ(read("\"request\""), ClientAuth::kRequest);
  EXPECT_EQ(read("\"require\""), ClientAuth::kRequire);
  EXPECT_EQ(read("true"), ClientAuth::kRequire);
  EXPECT_EQ(read("false"), ClientAuth::kNone);
  EXPECT_EQ(ProblemsOf(reading_of("\"maybe\"")),
            Problems{"tls_profiles.ops.client_auth config-bad-value"});
  EXPECT_EQ(ProblemsOf(reading_of("1")),
            Problems{"tls_profiles.ops.client_auth config-wrong-type"});
}

TEST(ReadConfig, GuessesWhichTlsProfileWasMeant) {
  const auto reading = ReadFile(
      R"({"engine": {"endpoint": "tcp://10.0.0.5:2376", "tls": "copr"}, "tls_profiles": {"corp": {}}})");
  ASSERT_EQ(reading.diagnostics.size(), 1U);
  EXPECT_EQ(reading.diagnostics[0].hint, "did you mean corp?");
}

TEST(ReadConfig, GuessesWhichKeyWasMeant) {
  EXPECT_EQ(ReadFile(R"({"policy": {"observe_onyl": true}})").diagnostics[0].hint,
            "did you mean policy.observe_only?");
  EXPECT_EQ(ReadFile(R"({"polcy": {}})").diagnostics[0].hint, "did you mean policy?");
  EXPECT_EQ(ReadFile(R"({"observe_only": true})").diagnostics[0].hint,
            "did you mean policy.observe_only?");
  EXPECT_EQ(ReadFile(R"({"defaults": {"fairlead.weight": 1}})").diagnostics[0].hint,
            "did you mean defaults.weight?");
}

TEST(ReadConfig, RefusesWrongTypes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"log": "info"})", "log"},
      {R"({"log": {"level": 3}})", "log.level"},
      {R"({"log": {"level": null}})", "log.level"},
      {R"({"policy": {"observe_only": "true"}})", "policy.observe_only"},
      {R"({"policy": {"max_concurrent_repairs": "2"}})", "policy.max_concurrent_repairs"},
      {R"({"policy": {"max_concurrent_repairs": 2.5}})", "policy.max_concurrent_repairs"},
      {R"({"policy": {"panic_threshold": 50}})", "policy.panic_threshold"},
      {R"({"admin": {"listen": "unix:/x"}})", "admin.listen"},
      {R"({"defaults": []})", "defaults"},
      {R"({"defaults": {"weight": 1.5}})", "defaults.weight"},
      {R"({"defaults": {"weight": [1]}})", "defaults.weight"},
      {R"({"tls_profiles": []})", "tls_profiles"},
      {R"({"envoy": {"listeners": {}}})", "envoy.listeners"},
      {R"([])", "/etc/fairlead/config.json"},
      {R"("text")", "/etc/fairlead/config.json"},
  };
  for (const auto& [text, subject] : cases) {
    EXPECT_EQ(ProblemsOf(ReadFile(text)), Problems{subject + " config-wrong-type"}) << text;
  }
}

TEST(ReadConfig, RefusesNumbersFarOutOfRange) {
  for (const std::string number :
       {"0", "-1", "101", "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_EQ(ProblemsOf(ReadFile(R"({"policy": {"max_concurrent_repairs": )" + number + "}}")),
              Problems{"policy.max_concurrent_repairs config-bad-value"})
        << number;
  }
}

TEST(ReadConfig, RefusesTextThatIsNoJson) {
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("{"), std::string("{\"a\": }"),
        std::string("{} {}"), std::string("{\"log\": {},}"), std::string("{'log': 1}"),
        std::string("{\"a\": 1e999}"), std::string("{\"\xff\": 1}"), std::string("{\0}", 3),
        std::string("a: *b"), std::string("{\"a\": NaN}")}) {
    EXPECT_EQ(ProblemsOf(ReadFile(text)), Problems{"/etc/fairlead/config.json config-syntax"})
        << text;
  }
  EXPECT_EQ(ReadFile("{\n  \"log\": }").diagnostics[0].message.substr(0, 16), "line 2, column 1");
}

TEST(ReadConfig, RefusesARepeatedKeyWhereverItStands) {
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"log": {"level": "info", "level": "warn"}})")),
            Problems{"log.level config-duplicate-key"});
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"log": {"level": "info"}, "log.level": "warn"})")),
            Problems{"log.level config-duplicate-key"});
  EXPECT_EQ(ProblemsOf(ReadFile(
                R"({"envoy": {"listeners": [{"address": "0.0.0.0:1", "address": "0.0.0.0:2"}]}})")),
            Problems{"envoy.listeners.address config-duplicate-key"});
}

TEST(ReadConfig, RefusesDeepNestingUnbuilt) {
  for (const char bracket : {'[', '{'}) {
    std::string bomb;
    for (int i = 0; i < 100'000; ++i) bomb += bracket == '[' ? "[" : "{\"a\":";
    EXPECT_EQ(ProblemsOf(ReadFile(bomb)), Problems{"/etc/fairlead/config.json config-too-deep"});
  }
}

TEST(ReadConfig, RefusesPlaintextOffLoopbackOnEveryPlane) {
  for (const std::string plane : {"discovery", "admin", "http", "gateway"}) {
    for (const std::string address : {"0.0.0.0:1", "[::]:1", "192.168.1.2:1"}) {
      const auto problems =
          ProblemsOf(ReadFile("{\"" + plane + "\": {\"listen\": [\"" + address + "\"]}}"));
      EXPECT_EQ(problems[0], plane + ".listen[0] config-plaintext-refused") << address;
    }
  }
}

TEST(ReadConfig, LetsTheGatewayLeaveLoopbackWhereItIsAllowedPlaintext) {
  const auto problems = [](const std::string& listen, const std::string& allowed) {
    return ProblemsOf(ReadFile(R"({"gateway": {"listen": [)" + listen +
                               R"(], "allow_plaintext": )" + allowed + "}}"));
  };
  EXPECT_EQ(problems(R"("0.0.0.0:1", "[::1]:2", "unix:/x")", "true"), Problems{});
  EXPECT_EQ(problems(R"("unix:/x", "127.0.0.1:2")", "false"), Problems{});
  EXPECT_EQ(problems(R"("unix:/x", "0.0.0.0:1")", "false"),
            Problems{"gateway.listen[1] config-plaintext-refused"});
  EXPECT_EQ(problems(R"("0.0.0.0:1")", R"("bridge")"),
            (Problems{"gateway.allow_plaintext config-wrong-type",
                      "gateway.listen[0] config-plaintext-refused"}));
}

TEST(ReadConfig, TakesDescriptorSetsByNameAndAbsolutePath) {
  const auto problems = [](const std::string& value) {
    return ProblemsOf(ReadFile(R"({"gateway": {"descriptors": )" + value + "}}"));
  };
  EXPECT_EQ(problems(R"({"shop": "/a/shop.binpb"})"), Problems{});
  EXPECT_EQ(problems(R"(["/a"])"), Problems{"gateway.descriptors config-wrong-type"});
  EXPECT_EQ(problems(R"({"Shop!": "/a", "b": "a/b", "c": 1})"),
            (Problems{"gateway.descriptors.Shop! config-bad-value",
                      "gateway.descriptors.b config-bad-value",
                      "gateway.descriptors.c config-wrong-type"}));
}

TEST(ReadConfig, RefusesTwoListenersOnOneAddress) {
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"admin": {"listen": ["127.0.0.1:18000"]}})")),
            Problems{"admin.listen[0] config-listener-clash"});
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"admin": {"listen": ["unix:/a", "unix:/a"]}})")),
            Problems{"admin.listen[1] config-listener-clash"});
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"envoy": {"listeners": [{"name": "a", "address": "0.0.0.0:1"},
                                                            {"name": "b", "address": "127.0.0.1:1"}]}})")),
            Problems{"envoy.listeners[1] config-listener-clash"});
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"admin": {"listen": ["127.0.0.1:0", "127.0.0.1:0"]}})")),
            Problems{});
}

TEST(ReadConfig, ChecksTheFieldsOfStructures) {
  EXPECT_EQ(
      ProblemsOf(ReadFile(R"({"tls_profiles": {"corp": {"cert": "/c", "kye": "/k"}, "A b": {}}})")),
      (Problems{"tls_profiles.A b config-bad-value", "tls_profiles.corp.kye config-unknown-key",
                "tls_profiles.corp config-bad-value"}));
  EXPECT_EQ(
      ProblemsOf(ReadFile(R"({"envoy": {"listeners": ["unix:/x", {"adress": "0.0.0.0:1"}, 5]}})")),
      (Problems{"envoy.listeners[0] config-bad-value",
                "envoy.listeners[1].adress config-unknown-key",
                "envoy.listeners[1] config-bad-value", "envoy.listeners[2] config-wrong-type"}));
  EXPECT_EQ(ProblemsOf(ReadFile(R"({"webhooks": ["ftp://x", {"url": "https://x/\n"}]})")),
            (Problems{"webhooks[0] config-bad-value", "webhooks[1] config-bad-value"}));
  EXPECT_EQ(
      ProblemsOf(ReadFile(
          R"({"webhooks": [{"url": "https://x", "event": [], "secret_file": "secret",
               "events": ["act-finishd", 7]}, {"url": "https://x", "events": []}, 5]})")),
      (Problems{"webhooks[0].event config-unknown-key", "webhooks[0].events[0] config-bad-value",
                "webhooks[0].events[1] config-wrong-type",
                "webhooks[0].secret_file config-bad-value", "webhooks[1].events config-bad-value",
                "webhooks[2] config-wrong-type"}));
}

TEST(ReadConfig, AWebhookIsReadAndItsPasswordIsNeverShown) {
  const ConfigReading good = ReadFile(
      R"({"webhooks": ["https://a/x", {"url": "http://user:geheim@b:8080/y?t=1",
           "events": ["act-finished", "act-permitted"], "secret_file": "/s"}]})");
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(good.diagnostics.empty()) << "webhooks are in force";
  ASSERT_EQ(good.config.webhooks.size(), 2U);
  EXPECT_EQ(good.config.webhooks[0].url.target, "/x");
  EXPECT_TRUE(good.config.webhooks[0].events.empty());
  EXPECT_EQ(good.config.webhooks[1].events,
            (std::set<std::string>{"act-finished", "act-permitted"}));
  EXPECT_EQ(good.config.webhooks[1].secret_file, "/s");
  const ConfigReading bad = ReadFile(R"({"webhooks": ["https://user:geheim@host:port/"]})");
  ASSERT_EQ(bad.diagnostics.size(), 1U);
  EXPECT_EQ(bad.diagnostics[0].message.find("geheim"), std::string::npos);
  EXPECT_EQ(bad.diagnostics[0].hint.find("geheim"), std::string::npos);
}

TEST(ReadConfig, AFileOfListsIsReadAndItsMistakesAreNamed) {
  const ConfigReading good = ReadFile(
      R"({"file_sinks": [{"output": "/run/up.conf", "template": "/etc/t", "container": "edge",
           "services": ["users.shop"], "validate": ["/usr/sbin/nginx", "-t", "-c", "{file}"]},
          {"output": "/run/b.conf", "pid_file": "/run/nginx.pid"}]})");
  ASSERT_TRUE(good.ok());
  ASSERT_EQ(good.config.file_sinks.size(), 2U);
  EXPECT_EQ(good.config.file_sinks[0].services, std::set<std::string>{"users.shop"});
  EXPECT_EQ(good.config.file_sinks[0].validate.size(), 4U);
  EXPECT_EQ(good.config.file_sinks[1].pid_file, "/run/nginx.pid");
  EXPECT_EQ(
      ProblemsOf(ReadFile(
          R"({"file_sinks": [{"output": "up.conf", "services": ["users", 7], "reload": "x",
               "validate": ["nginx"], "container": "a b"},
              {"output": "/a", "container": "edge", "pid_file": "/p"}, {"output": "/a"}, 5]})")),
      (Problems{"file_sinks[0].reload config-unknown-key", "file_sinks[0].output config-bad-value",
                "file_sinks[0].services[1] config-wrong-type",
                "file_sinks[0].services config-bad-value",
                "file_sinks[0].validate config-bad-value",
                "file_sinks[0].container config-bad-value", "file_sinks[1] config-bad-value",
                "file_sinks[2].output config-bad-value", "file_sinks[3] config-wrong-type"}));
}

TEST(ReadConfig, ANameServerIsOffUntilItHasSingleAddresses) {
  EXPECT_TRUE(ReadConfig({}).config.dns.listen.empty());
  EXPECT_EQ(ReadConfig({}).config.dns.zone, "fairlead.");
  const ConfigReading good =
      ReadFile(R"({"dns": {"listen": ["127.0.0.1:5353", "172.17.0.1:53", "[fd00::1]:53"],
                           "zone": "Services.Internal"}})");
  EXPECT_EQ(ProblemsOf(good), Problems{});
  ASSERT_EQ(good.config.dns.listen.size(), 3U);
  EXPECT_EQ(good.config.dns.listen[1].Text(), "172.17.0.1:53");
  EXPECT_EQ(good.config.dns.zone, "services.internal.");

  EXPECT_EQ(
      ProblemsOf(ReadFile(
          R"({"dns.listen": ["0.0.0.0:53", "[::]:53", "unix:/run/dns.sock", "localhost:53"]})")),
      (Problems{"dns.listen[0] config-bad-value", "dns.listen[1] config-bad-value",
                "dns.listen[2] config-bad-value", "dns.listen[3] config-bad-value"}));
  const std::string label(63, 'a');
  EXPECT_TRUE(ReadFile(R"({"dns.zone": ")" + label + ".x\"}").ok());
  for (const std::string& zone :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a b"),
        label + "a", label + "." + label}) {
    EXPECT_EQ(ProblemsOf(ReadFile(R"({"dns.zone": ")" + zone + "\"}")),
              Problems{"dns.zone config-bad-value"})
        << zone;
  }
}

TEST(ReadConfig, WarnsOfKeysThatDoNothingYet) {
  const ConfigReading reading = ReadFile(R"({"discovery": {"allow_plaintext": ["bridge"]},
                                             "defaults": {"health.mode": "watch"}})");
  EXPECT_TRUE(reading.ok());
  auto problems = ProblemsOf(reading);
  std::sort(problems.begin(), problems.end());
  EXPECT_EQ(problems, (Problems{"defaults.health.mode config-not-in-force",
                                "discovery.allow_plaintext config-not-in-force"}));
  EXPECT_TRUE(reading.config.discovery.allow_plaintext.contains("bridge"));
}

TEST(ReadConfig, ShowsOnlyPrintableText) {
  const ConfigReading reading = ReadFile(
      "{\"\\u001b[31m\": 1, \"log\": {\"level\": \"\\u0000\\n\\u202e\"},"
      "\"state_dir\": \"\\u0007\", \"admin\": {\"listen\": [\"\\u009b\"]},"
      "\"tls_profiles\": {\"\\n\": {\"\\n\": 1}}}");
  EXPECT_FALSE(reading.ok());
  for (const auto& d : reading.diagnostics) {
    for (const char c : d.subject + d.message + d.hint) EXPECT_TRUE(c >= ' ' && c <= '~') << d.code;
  }
}

}  // namespace
}  // namespace fairlead::config
