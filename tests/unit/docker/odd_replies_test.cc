// Odd JSON of an engine, field by field: each case of bad_input.md that wire_test and
// event_decoder_test do not name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "docker/event_decoder.h"
#include "docker/wire.h"

namespace fairlead::docker {
namespace {

using nlohmann::json;

const json kInspect = json::parse(R"({
 "Id":"3f2a","Created":"2026-11-23T01:00:00Z","Name":"/a","RestartCount":3,
 "State":{"Status":"running","Running":true,"Paused":false,"Restarting":false,"Dead":false,"Pid":42,
  "ExitCode":0,"OOMKilled":false,"StartedAt":"2026-11-23T01:00:01Z",
  "FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"healthy"}},
 "HostConfig":{"NetworkMode":"n","AutoRemove":true,
  "RestartPolicy":{"Name":"on-failure","MaximumRetryCount":5}},
 "Config":{"Image":"i","Labels":{"a":"b"},"StopSignal":"SIGQUIT","StopTimeout":30,
  "ExposedPorts":{"9090/tcp":{}},"Healthcheck":{"Test":["CMD","true"]}},
 "NetworkSettings":{"Ports":{"9090/tcp":[{"HostIp":"::","HostPort":"1"}]},
  "Networks":{"n":{"NetworkID":"n1","IPAddress":"172.31.0.2","GlobalIPv6Address":"fd00::2"}}}})",
                                  nullptr, false);

// Null, wrong types, huge, negative; the last stands for "absent".
const std::vector<json>& OddValues() {
  static const std::vector<json> values = {nullptr,
                                           true,
                                           "",
                                           "x",
                                           std::string(100'000, 'x'),
                                           7,
                                           -1,
                                           18446744073709551615ULL,
                                           -9.9e300,
                                           json::array(),
                                           json::array({nullptr, 7, "x"}),
                                           json::object(),
                                           json{{"x", nullptr}},
                                           json::value_t::discarded};
  return values;
}

// `document` with `value` at `place`, or without what is there.
std::string With(json document, const json::json_pointer& place, const json& value) {
  if (value.is_discarded()) {
    document[place.parent_pointer()].erase(place.back());
  } else {
    document[place] = value;
  }
  return document.dump();
}

// Every place of an object, inner ones too.
std::vector<json::json_pointer> PlacesOf(const json& value,
                                         const json::json_pointer& at = json::json_pointer()) {
  std::vector<json::json_pointer> places;
  if (!value.is_object()) return places;
  for (const auto& [key, member] : value.items()) {
    places.push_back(at / key);
    for (auto& place : PlacesOf(member, at / key)) places.push_back(std::move(place));
  }
  return places;
}

TEST(OddReplies, EachFieldOfAnInspectMayBeAbsentNullMistypedHugeOrNegative) {
  ASSERT_TRUE(ReadInspect(kInspect.dump()));
  for (const auto& place : PlacesOf(kInspect)) {
    for (const json& value : OddValues()) {
      const auto facts = ReadInspect(With(kInspect, place, value));
      if (!facts) {
        EXPECT_EQ(facts.error().code, Code::kDataLoss) << place.to_string();
        const std::string text = place.to_string();
        EXPECT_TRUE(text == "/Id" || text == "/State" || text == "/State/Status") << text;
        continue;
      }
      EXPECT_TRUE(facts->pid >= 0 && facts->restart_count >= 0) << place.to_string();
      EXPECT_TRUE(!facts->stop_timeout || *facts->stop_timeout <= kStopTimeoutMax)
          << place.to_string();
    }
  }
}

TEST(OddReplies, EachFieldOfAListsEntryMayBeSoToo) {
  const json entry = {
      {"Id", "a1"}, {"Names", {"/a"}}, {"State", "running"}, {"Labels", {{"autoheal", "true"}}}};
  for (const auto& place : PlacesOf(entry)) {
    for (const json& value : OddValues()) {
      const auto list = ReadList("[" + With(entry, place, value) + "]");
      EXPECT_TRUE(list ? list->size() == 1 : list.error().code == Code::kDataLoss)
          << place.to_string();
      EXPECT_TRUE(list || place.to_string() == "/Id") << place.to_string();
    }
  }
}

TEST(OddReplies, EachFieldOfAnEventMayBeSoToo) {
  const json event = {{"Type", "container"},
                      {"Action", "kill"},
                      {"Actor", {{"ID", "a1"}, {"Attributes", {{"signal", "15"}}}}},
                      {"time", 7},
                      {"timeNano", 7000000000}};
  for (const auto& place : PlacesOf(event)) {
    for (const json& value : OddValues()) {
      EventDecoder decoder(1024 * 1024);
      int events = 0;
      const auto count = [&](const EngineEvent&) { ++events; };
      ASSERT_TRUE(decoder.Feed(With(event, place, value), count)) << place.to_string();
      EXPECT_EQ(static_cast<std::uint64_t>(events) + decoder.skipped(), 1U) << place.to_string();
      ASSERT_TRUE(decoder.Feed(event.dump(), count));
      EXPECT_EQ(static_cast<std::uint64_t>(events) + decoder.skipped(), 2U) << place.to_string();
    }
  }
}

TEST(OddReplies, EachFieldOfTheInfoMayBeSoToo) {
  const json info = {
      {"ID", "A"}, {"ServerVersion", "29.0.0"}, {"SystemTime", "2026-11-23T01:00:00Z"}};
  for (const auto& place : PlacesOf(info)) {
    for (const json& value : OddValues())
      EXPECT_TRUE(ReadInfo(With(info, place, value))) << place.to_string();
  }
}

TEST(OddReplies, AContainerWithIpv6OnlyHasThatAddress) {
  const json::json_pointer place("/NetworkSettings/Networks/n/IPAddress");
  const auto facts = ReadInspect(With(kInspect, place, ""));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->networks, (std::vector<NetworkAddress>{{"n", "n1", "", "fd00::2"}}));
}

TEST(OddReplies, NetworksThatAreNullOrEmptyAreNone) {
  const json::json_pointer place("/NetworkSettings/Networks");
  EXPECT_TRUE(ReadInspect(With(kInspect, place, nullptr))->networks.empty());
  EXPECT_TRUE(ReadInspect(With(kInspect, place, json::object()))->networks.empty());
}

TEST(OddReplies, DatesThatAreNoneAreKeptAsTextAndCompareAsText) {
  for (const char* date : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z",
                           "2026-11-23T01:00:00", "x"}) {
    const auto facts = ReadInspect(With(kInspect, json::json_pointer("/State/StartedAt"), date));
    ASSERT_TRUE(facts) << date;
    EXPECT_EQ(facts->generation(), (Generation{ContainerId("3f2a"), date}));
  }
}

TEST(OddReplies, TheShapeOfEngine29IsRead) {
  // API 1.52: no addresses at the top of NetworkSettings, no legacy fields in events.
  const auto facts = ReadInspect(
      R"({"Id":"3f2a","State":{"Status":"running","Pid":7},"ImageManifestDescriptor":{"size":1},
          "NetworkSettings":{"SandboxID":"s","Ports":{},"Networks":{"n":{"IPAddress":"10.0.0.2",
          "GwPriority":0,"DNSNames":["a"]}}},"HostConfig":{"RestartPolicy":{"Name":"no"}}})");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->networks.at(0).ipv4, "10.0.0.2");
}

TEST(OddReplies, TheShapeOfPodmanIsRead) {
  const auto facts = ReadInspect(
      R"({"Id":"3f2a","Name":"/a","State":{"Status":"stopping","Running":true,"Pid":7,"Health":
          {"Status":"","Log":null}},"HostConfig":{"RestartPolicy":{"Name":"","MaximumRetryCount":0},
          "NetworkMode":"bridge"},"Config":{"Labels":null,"StopTimeout":10,"StopSignal":"15",
          "Healthcheck":null},"NetworkSettings":{"Ports":null,"Networks":{"podman":
          {"IPAddress":"10.88.0.2"}}}})");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->status, EngineStatus::kRunning);
  EXPECT_EQ(facts->docker_health, DockerHealth::kNone);
}

TEST(OddReplies, AnEventOfAnUnknownTypeIsPassedOnAsItIs) {
  EventDecoder decoder(1'000);
  std::string seen;
  ASSERT_TRUE(decoder.Feed(R"({"Type":"flavour","Action":"taste: die","Actor":{"ID":"a"}})",
                           [&](const EngineEvent& e) { seen = e.type + "/" + e.action; }));
  EXPECT_EQ(seen, "flavour/taste");
}

TEST(OddReplies, ColonsCannotMakeOneActionLookLikeAnother) {
  for (const char* action : {"exec_start: die", "health_status: die", "x:die", "x : die"}) {
    EventDecoder decoder(1'000);
    std::string seen;
    ASSERT_TRUE(decoder.Feed(
        fmt::format(R"({{"Type":"container","Action":"{}","Actor":{{"ID":"a"}}}})", action),
        [&](const EngineEvent& e) { seen = e.action; }));
    EXPECT_NE(seen, "die") << action;
  }
}

}  // namespace
}  // namespace fairlead::docker
