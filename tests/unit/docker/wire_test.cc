#include "docker/wire.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

// The shape of Engine 20.10's inspect, cut to the fields that are read.
constexpr std::string_view kInspect = R"({
 "Id":"3f2a","Created":"2026-11-23T01:00:00.5Z","Name":"/shop_user_1","RestartCount":3,
 "State":{"Status":"running","Running":true,"Pid":4242,"ExitCode":0,"OOMKilled":false,
  "StartedAt":"2026-11-23T01:00:01Z","FinishedAt":"0001-01-01T00:00:00Z",
  "Health":{"Status":"unhealthy","FailingStreak":2}},
 "HostConfig":{"NetworkMode":"shop_default","AutoRemove":true,
  "RestartPolicy":{"Name":"on-failure","MaximumRetryCount":5}},
 "Config":{"Image":"shop_user:latest","Labels":{"fairlead.enable":"true","odd":7},
  "User":"65532:65532","StopSignal":"SIGQUIT","StopTimeout":30,"ExposedPorts":{"9090/tcp":{},"53/udp":{},"80/tcp":{}},
  "Healthcheck":{"Test":["CMD","true"]}},
 "NetworkSettings":{"IPAddress":"1.2.3.4",
  "Ports":{"9090/tcp":[{"HostIp":"0.0.0.0","HostPort":"19090"}],"80/tcp":null,"53/udp":[]},
  "Networks":{"z_net":{"NetworkID":"n2","IPAddress":"","GlobalIPv6Address":"fd00::2"},
              "a_net":{"NetworkID":"n1","IPAddress":"172.31.0.2","GlobalIPv6Address":""}}}})";

// The smallest readable container with `fields` added.
Result<ContainerFacts> Read(std::string_view fields) {
  return ReadInspect(fmt::format(R"({{"Id":"3f2a","State":{{"Status":"exited"}}{}{}}})",
                                 fields.empty() ? "" : ",", fields));
}

// With `fields` of State.
Result<ContainerFacts> ReadWithState(std::string_view fields) {
  return ReadInspect(fmt::format(R"({{"Id":"3f2a","State":{{{}}}}})", fields));
}

TEST(Wire, InspectBecomesFacts) {
  const auto facts = ReadInspect(kInspect);
  ASSERT_TRUE(facts) << facts.error().Text();
  EXPECT_EQ(facts->id.value, "3f2a");
  EXPECT_EQ(facts->name, "shop_user_1");
  EXPECT_EQ(facts->image, "shop_user:latest");
  EXPECT_EQ(facts->user, "65532:65532");
  EXPECT_EQ(facts->labels, (std::map<std::string, std::string>{{"fairlead.enable", "true"}}));
  EXPECT_EQ(facts->status, EngineStatus::kRunning);
  EXPECT_EQ(facts->started_at, "2026-11-23T01:00:01Z");
  EXPECT_EQ(facts->finished_ns, 0) << "never";
  EXPECT_EQ(facts->pid, 4242);
  EXPECT_EQ(facts->restart_count, 3);
  EXPECT_EQ(facts->restart_policy, RestartPolicy::kOnFailure);
  EXPECT_EQ(facts->restart_maximum, 5);
  EXPECT_TRUE(facts->auto_remove);
  EXPECT_EQ(facts->stop_signal, "SIGQUIT");
  EXPECT_EQ(facts->stop_timeout, std::chrono::seconds(30));
  EXPECT_EQ(facts->network_mode, "shop_default");
  EXPECT_EQ(facts->exposed_tcp_ports, (std::vector<std::uint16_t>{80, 9090}));
  EXPECT_EQ(facts->published_tcp_ports, (std::vector<PublishedPort>{{9090, "0.0.0.0", 19090}}));
  EXPECT_TRUE(facts->has_healthcheck);
  EXPECT_EQ(facts->docker_health, DockerHealth::kUnhealthy);
}

TEST(Wire, AddressesComeFromNetworksOrderedByName) {
  const auto facts = ReadInspect(kInspect);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->networks, (std::vector<NetworkAddress>{{"a_net", "n1", "172.31.0.2", ""},
                                                          {"z_net", "n2", "", "fd00::2"}}));
  const auto bare = Read(R"("NetworkSettings":{"IPAddress":"1.2.3.4","Networks":null})");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->networks.empty());
}

TEST(Wire, AbsentNullAndMistypedFieldsReadAsDefaults) {
  ContainerFacts expected;
  expected.id = ContainerId("3f2a");
  expected.status = EngineStatus::kExited;
  for (
      const char* fields :
      {"", R"("Name":null,"Config":null,"HostConfig":null,"NetworkSettings":null)",
       R"("Name":5,"Config":[],"HostConfig":"x","NetworkSettings":7,"RestartCount":"3","Created":{})",
       R"("Config":{"Image":[],"Labels":[1],"StopSignal":9,"StopTimeout":"x","ExposedPorts":[],)"
       R"("Healthcheck":{"Test":[]}})",
       R"("HostConfig":{"RestartPolicy":{"Name":4,"MaximumRetryCount":{}},"AutoRemove":"true"})",
       R"("NetworkSettings":{"Networks":{"a":null,"b":5},"Ports":{"80/tcp":{},"81/tcp":[null,7]}})",
       R"("Config":{"Healthcheck":{"Test":["NONE"]},"ExposedPorts":{"0/tcp":{},"65536/tcp":{},)"
       R"("x/tcp":{},"80":{},"-1/tcp":{}}})"}) {
    const auto facts = Read(fields);
    ASSERT_TRUE(facts) << fields;
    EXPECT_EQ(*facts, expected) << fields;
  }
}

TEST(Wire, HugeAndNegativeNumbersReadAsDefaults) {
  for (const char* number : {"-1", "18446744073709551615", "9223372036854775807", "1e400", "1.5"}) {
    const auto facts = ReadInspect(
        fmt::format(R"({{"Id":"a","RestartCount":{0},"State":{{"Status":"running","Pid":{0}}},)"
                    R"("HostConfig":{{"RestartPolicy":{{"MaximumRetryCount":{0}}}}}}})",
                    number));
    if (!facts) {  // 1e400 is no number that JSON text may hold here.
      EXPECT_EQ(facts.error().code, Code::kDataLoss) << number;
      continue;
    }
    EXPECT_EQ(facts->pid, 0) << number;
    EXPECT_EQ(facts->restart_count, 0) << number;
    EXPECT_EQ(facts->restart_maximum, 0) << number;
  }
}

TEST(Wire, AStopTimeoutWithoutEndIsOneDay) {
  const auto timeout = [](const char* value) {
    return Read(fmt::format(R"("Config":{{"StopTimeout":{}}})", value))->stop_timeout;
  };
  EXPECT_EQ(timeout("0"), std::chrono::seconds(0));
  EXPECT_EQ(timeout("-1"), kStopTimeoutMax);
  EXPECT_EQ(timeout("18446744073709551615"), kStopTimeoutMax);
  EXPECT_EQ(timeout("null"), std::nullopt);
}

TEST(Wire, EveryStateWordIsKnown) {
  const auto status = [](const char* word) {
    return ReadWithState(fmt::format(R"("Status":"{}")", word))->status;
  };
  EXPECT_EQ(status("created"), EngineStatus::kCreated);
  EXPECT_EQ(status("running"), EngineStatus::kRunning);
  EXPECT_EQ(status("paused"), EngineStatus::kPaused);
  EXPECT_EQ(status("restarting"), EngineStatus::kRestarting);
  EXPECT_EQ(status("removing"), EngineStatus::kRemoving);
  EXPECT_EQ(status("exited"), EngineStatus::kExited);
  EXPECT_EQ(status("dead"), EngineStatus::kDead);
  EXPECT_EQ(status("configured"), EngineStatus::kCreated);  // Podman's words from here on
  EXPECT_EQ(status("stopping"), EngineStatus::kRunning);
  EXPECT_EQ(status("stopped"), EngineStatus::kExited);
}

TEST(Wire, WithoutAStateWordTheBooleansDecide) {
  EXPECT_EQ(ReadWithState(R"("Running":true)")->status, EngineStatus::kRunning);
  EXPECT_EQ(ReadWithState(R"("Running":true,"Restarting":true)")->status,
            EngineStatus::kRestarting);
  EXPECT_EQ(ReadWithState(R"("Running":true,"Paused":true)")->status, EngineStatus::kPaused);
  EXPECT_EQ(ReadWithState(R"("Running":false,"Dead":true)")->status, EngineStatus::kDead);
  EXPECT_EQ(ReadWithState(R"("Running":false)")->status, EngineStatus::kExited);
}

TEST(Wire, AStateWithoutHealthIsNoVerdict) {
  EXPECT_EQ(ReadWithState(R"("Status":"running")")->docker_health, DockerHealth::kNone);
  EXPECT_EQ(ReadWithState(R"("Status":"running","Health":null)")->docker_health,
            DockerHealth::kNone);
  EXPECT_EQ(ReadWithState(R"("Status":"running","Health":{"Status":"none"})")->docker_health,
            DockerHealth::kNone);
}

TEST(Wire, PidZeroWhileRunningIsPassedOn) {
  EXPECT_EQ(ReadWithState(R"("Status":"running","Pid":0)")->pid, 0);
}

TEST(Wire, AContainerWithoutIdOrStateIsDataLoss) {
  for (const char* json :
       {R"({})", R"([])", R"(null)", R"({"Id":"a"})", R"({"Id":"a","State":null})",
        R"({"Id":"a","State":{"Status":"flying"}})", R"({"Id":"","State":{"Status":"exited"}})",
        R"({"Id":7,"State":{"Status":"exited"}})", R"({"Id":"../x","State":{"Status":"exited"}})",
        R"({"Id":"a","State":{"Running":"true"}})"}) {
    const auto facts = ReadInspect(json);
    ASSERT_FALSE(facts) << json;
    EXPECT_EQ(facts.error().code, Code::kDataLoss) << json;
  }
}

TEST(Wire, WhatIsNoJsonIsDataLoss) {
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("{\"Id\":"), std::string("{} {}"),
        std::string(R"({"Id":"\ud800"})"), std::string("{\"Id\":\"\xff\xfe\"}"),
        std::string("\0", 1), std::string(100'000, '['), R"({"a":)" + std::string(100'000, '{')}) {
    EXPECT_EQ(ReadInspect(text).error().code, Code::kDataLoss) << text.substr(0, 20);
    EXPECT_EQ(ReadList(text).error().code, Code::kDataLoss) << text.substr(0, 20);
    EXPECT_EQ(ReadInfo(text).error().code, Code::kDataLoss) << text.substr(0, 20);
  }
}

TEST(Wire, OfRepeatedKeysTheLastCounts) {
  EXPECT_EQ(ReadInspect(R"({"Id":"a","Id":"b","State":{"Status":"exited"}})")->id.value, "b");
}

TEST(Wire, LabelsHoldAnyText) {
  const auto facts = Read(R"("Config":{"Labels":{"a":"\u0000\n\u001b[31m","":"x"}})");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->labels.at("a"), std::string("\0\n\x1b[31m", 7));
  EXPECT_EQ(facts->labels.at(""), "x");
}

TEST(Wire, ListGivesIdNamesStateAndLabels) {
  const auto list = ReadList(R"([{"Id":"a","Names":["/x","/y/x",5],"State":"paused",
    "Labels":{"autoheal":"true"}},{"Id":"b","Names":null,"State":"flying","Labels":null}])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].names, (std::vector<std::string>{"x", "y/x"}));
  EXPECT_EQ((*list)[0].status, EngineStatus::kPaused);
  EXPECT_EQ((*list)[0].labels.at("autoheal"), "true");
  EXPECT_EQ((*list)[1].status, EngineStatus::kCreated);
  EXPECT_TRUE((*list)[1].labels.empty());
}

TEST(Wire, ListGivesAddressesWhereTheEngineListsThem) {
  const auto list = ReadList(R"([{"Id":"a","State":"running","NetworkSettings":{"Networks":
    {"shop":{"NetworkID":"n1","IPAddress":"10.0.0.2","GlobalIPv6Address":"fd00::2"}}}},
    {"Id":"b","NetworkSettings":null}])");
  ASSERT_TRUE(list);
  const std::vector<NetworkAddress> networks = {
      {.network = "shop", .network_id = "n1", .ipv4 = "10.0.0.2", .ipv6 = "fd00::2"}};
  EXPECT_EQ((*list)[0].networks, networks);
  EXPECT_TRUE((*list)[1].networks.empty());
}

TEST(Wire, AListWithAnUnreadableEntryIsDataLoss) {
  for (const char* json :
       {R"({})", R"(null)", R"([null])", R"([{}])", R"([{"Id":"a"},{"Id":""}])"}) {
    EXPECT_EQ(ReadList(json).error().code, Code::kDataLoss) << json;
  }
}

TEST(Wire, InfoGivesTheEnginesIdentityAndClock) {
  const auto info = ReadInfo(
      R"({"ID":"ABCD","ServerVersion":"20.10.24","SystemTime":"2026-11-23T01:00:00.000000007Z"})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->engine_id, "ABCD");
  EXPECT_EQ(info->engine_version, "20.10.24");
  EXPECT_EQ(info->system_time_ns, 1'795'395'600'000'000'007);
  EXPECT_EQ(ReadInfo(R"({"SystemTime":"yesterday"})")->system_time_ns, 0);
  EXPECT_FALSE(info->keeps_history);
  EXPECT_TRUE(ReadInfo(R"({"BuildahVersion":"1.28.0"})")->keeps_history);  // Podman
}

TEST(Wire, TimesAreReadAsGoWritesThem) {
  EXPECT_EQ(ReadTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ReadTime("1970-01-01T00:00:01.5Z"), 1'500'000'000);
  EXPECT_EQ(ReadTime("1970-01-01T02:00:00+02:00"), 0);
  EXPECT_EQ(ReadTime("1969-12-31T23:30:00-00:30"), std::nullopt);
  EXPECT_EQ(ReadTime("1970-01-01T00:00:00.1234567891Z"), 123'456'789);
  EXPECT_EQ(ReadTime("1972-06-30T23:59:60Z"), ReadTime("1972-07-01T00:00:00Z"));
}

TEST(Wire, TimesThatAreNoneReadAsNothing) {
  for (const char* text :
       {"", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-23T01:00:00",
        "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23 01:00:00Z",
        "2026-11-23T25:00:00Z", "2026-11-23T01:00:00.Z", "2026-11-23T01:00:00Zx",
        "2026-11-23T01:00:00+2:00", "-026-11-23T01:00:00Z"}) {
    EXPECT_EQ(ReadTime(text), std::nullopt) << text;
  }
}

TEST(Wire, TheEnginesOwnWordsAreMadePrintable) {
  EXPECT_EQ(ReadErrorMessage(R"({"message":"No such container: a"})"), "No such container: a");
  EXPECT_EQ(ReadErrorMessage("client is too old\n"), "client is too old");
  EXPECT_EQ(ReadErrorMessage(R"({"message":"\u001b[31m"})").find('\x1b'), std::string::npos);
  EXPECT_EQ(ReadErrorMessage(""), "");
  EXPECT_LE(ReadErrorMessage(std::string(100'000, 'x')).size(), 303u);
}

}  // namespace
}  // namespace fairlead::docker
