#include "docker/event_decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "docker/limits.h"

namespace fairlead::docker {
namespace {

constexpr std::size_t kEventBytesMax = 1024;

// "type/action/actor" of each event, blank-separated; "!" and the code's name when the stream
// broke.
std::string Decode(std::string_view bytes, std::size_t piece = std::string::npos) {
  EventDecoder decoder(kEventBytesMax);
  std::string seen;
  const auto on_event = [&](const EngineEvent& event) {
    seen += fmt::format("{}{}/{}/{}", seen.empty() ? "" : " ", event.type, event.action,
                        event.actor_id);
  };
  for (std::size_t i = 0; i < bytes.size(); i += std::min(piece, bytes.size() - i)) {
    const auto fed = decoder.Feed(bytes.substr(i, piece), on_event);
    if (!fed) return seen + "!" + std::string(CodeName(fed.error().code));
  }
  return seen;
}

EngineEvent One(std::string_view record) {
  EventDecoder decoder(kEventBytesMax);
  EngineEvent last;
  EXPECT_TRUE(decoder.Feed(record, [&](EngineEvent event) { last = std::move(event); }));
  return last;
}

std::string Record(std::string_view action, std::string_view id = "a1") {
  return fmt::format(R"({{"Type":"container","Action":"{}","Actor":{{"ID":"{}"}}}})", action, id);
}

TEST(EventDecoder, RecordsComeInAnyChunking) {
  const std::string bytes = Record("die") + "\n" + Record("start", "b2") + "\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EXPECT_EQ(Decode(bytes, piece), "container/die/a1 container/start/b2") << piece;
  }
}

TEST(EventDecoder, SeparatorsOfEveryEngineAreTolerated) {
  EXPECT_EQ(Decode(Record("die") + "\r\n\r\n" + Record("stop")),
            "container/die/a1 container/stop/a1");
  EXPECT_EQ(Decode("\x1e" + Record("die") + "\n\x1e" + Record("stop") + "\n"),
            "container/die/a1 container/stop/a1");
  EXPECT_EQ(Decode(Record("die") + Record("stop")), "container/die/a1 container/stop/a1");
}

TEST(EventDecoder, ARecordWithoutItsEndGivesNothingYet) {
  EXPECT_EQ(Decode(Record("die").substr(0, 40)), "");
}

TEST(EventDecoder, TextAfterTheColonIsCut) {
  EXPECT_EQ(Decode(Record("health_status: healthy")), "container/health_status/a1");
  EXPECT_EQ(Decode(Record("kill: die")), "container/kill/a1");
  EXPECT_EQ(Decode(Record("health_status")), "container/health_status/a1");
}

TEST(EventDecoder, ExecNoiseIsLeftOut) {
  EXPECT_EQ(Decode(Record("exec_create: sh -c {\\\"secret") + Record("exec_die") + Record("die")),
            "container/die/a1");
}

TEST(EventDecoder, PodmansDiedIsDie) {
  EXPECT_EQ(Decode(Record("died")), "container/die/a1");
}

TEST(EventDecoder, BracesAndQuotesInsideTextDoNotEndARecord) {
  EXPECT_EQ(Decode(R"({"Type":"container","Action":"die","Actor":{"ID":"a1",)"
                   R"("Attributes":{"x":"}{\"\\"}}}{)"),
            "container/die/a1");
}

TEST(EventDecoder, LegacyFieldsServeWhereTheNewOnesAreMissing) {
  EXPECT_EQ(Decode(R"({"status":"die","id":"a1","Type":"container","time":5})"),
            "container/die/a1");
  EXPECT_EQ(One(R"({"status":"die","id":"a1","Type":"container","time":5})").time_ns,
            5'000'000'000);
}

TEST(EventDecoder, TimeIsNanosecondsAndZeroWhenItCannotBeOne) {
  const auto time_of = [](std::string_view fields) {
    return One(fmt::format(R"({{"Type":"container","Action":"die","Actor":{{"ID":"a"}},{}}})",
                           fields))
        .time_ns;
  };
  EXPECT_EQ(time_of(R"("time":7,"timeNano":7000000042)"), 7'000'000'042);
  EXPECT_EQ(time_of(R"("timeNano":-1)"), 0);
  EXPECT_EQ(time_of(R"("timeNano":18446744073709551615)"), 0);
  EXPECT_EQ(time_of(R"("time":9999999999999)"), 0);
  EXPECT_EQ(time_of(R"("timeNano":"7")"), 0);
  EXPECT_EQ(time_of(R"("timeNano":1e300)"), 0);
}

TEST(EventDecoder, OnlyKillCarriesASignal) {
  const auto event = One(
      R"({"Type":"container","Action":"kill","Actor":{"ID":"a","Attributes":{"signal":"15"}}})");
  EXPECT_EQ(event.signal, "15");
  const auto die =
      One(R"({"Type":"container","Action":"die","Actor":{"ID":"a","Attributes":{"signal":"15"}}})");
  EXPECT_EQ(die.signal, "");
}

TEST(EventDecoder, ANetworkEventNamesTheContainer) {
  const auto event = One(
      R"({"Type":"network","Action":"connect","Actor":{"ID":"n1","Attributes":{"container":"c1"}}})");
  EXPECT_EQ(event.actor_id, "n1");
  EXPECT_EQ(event.network_container_id, "c1");
}

TEST(EventDecoder, RecordsThatSayNothingAreSkippedAndCounted) {
  EventDecoder decoder(kEventBytesMax);
  int events = 0;
  for (const char* record : {R"({})", R"({"Type":5,"Action":"die","Actor":{"ID":"a"}})",
                             R"({"Type":"container","Action":null,"Actor":{"ID":"a"}})",
                             R"({"Type":"container","Action":"die","Actor":[]})",
                             R"({"Type":"container","Action":"die","Actor":{"ID":{}}})",
                             R"({"message":"something went wrong"})",
                             R"({"Type":"container","Action":":x","Actor":{"ID":"a"}})"}) {
    EXPECT_TRUE(decoder.Feed(record, [&](const EngineEvent&) { ++events; })) << record;
  }
  EXPECT_EQ(events, 0);
  EXPECT_EQ(decoder.skipped(), 7u);
}

TEST(EventDecoder, OfARepeatedFieldTheLastCounts) {
  const auto event = One(
      R"({"Type":"image","Action":"die","Actor":{"ID":"old","Attributes":{"signal":"9"}},)"
      R"("Type":"container","Action":"kill","Actor":{"Attributes":{"x":{"signal":"1"}}},"id":"a",)"
      R"("timeNano":5,"timeNano":[7]})");
  EXPECT_EQ(event.type, "container");
  EXPECT_EQ(event.action, "kill");
  EXPECT_EQ(event.actor_id, "a");
  EXPECT_EQ(event.signal, "");
  EXPECT_EQ(event.time_ns, 0);
}

TEST(EventDecoder, FieldsOfTheSameNameElsewhereAreNotTheRecords) {
  const auto event = One(
      R"({"x":{"Type":"image","Actor":{"ID":"b"}},"Type":"container","Action":"die",)"
      R"("Actor":{"ID":"a","Action":"start","Attributes":{"ID":"c","timeNano":9}},"y":[{"id":"d"}]})");
  EXPECT_EQ(event.type + event.action + event.actor_id, "containerdiea");
  EXPECT_EQ(event.time_ns, 0);
}

TEST(EventDecoder, AHugeRecordIsSkippedAndTheNextOneIsRead) {
  EventDecoder decoder(kEventBytesMax);
  std::vector<std::string> actions;
  const auto on_event = [&](const EngineEvent& event) { actions.push_back(event.action); };
  const std::string piece(64 * 1024, 'x');
  ASSERT_TRUE(decoder.Feed(R"({"Type":"container","Action":"die","x":")", on_event));
  for (int i = 0; i < 256; ++i) ASSERT_TRUE(decoder.Feed(piece, on_event));  // 16 MiB
  ASSERT_TRUE(decoder.Feed("\"}\n" + Record("stop"), on_event));
  EXPECT_EQ(actions, std::vector<std::string>{"stop"});
  EXPECT_EQ(decoder.skipped(), 1u);
}

TEST(EventDecoder, WhatIsNoEventStreamIsDataLoss) {
  for (const std::string& bytes :
       {std::string("hello"), std::string("[]"), std::string("{\"a\":\"\n\"}"),
        std::string("{abc}"), std::string("{\x1e}"), std::string("{\"a\":\"\xff\"}"),
        std::string("\0", 1), std::string(R"({"a":"\ud800"})"), std::string(1000, '{'),
        "{\"a\":" + std::string(100'000, '[')}) {
    EXPECT_EQ(Decode(bytes), "!DATA_LOSS") << bytes.substr(0, 40);
  }
}

}  // namespace
}  // namespace fairlead::docker
