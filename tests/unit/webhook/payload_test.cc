#include "webhook/payload.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "spec/event_words.h"
#include "support/manifest.h"

namespace fairlead::webhook {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

controller::RecordedEvent Event() {
  controller::RecordedEvent event;
  event.id = 17;
  event.at = runtime::WallTime(1'769'846'400s + 123ms);
  event.note.kind = fleet::NoteKind::kActFinished;
  event.note.service = {.project = "shop", .service = "user-service"};
  event.note.replica = "user-service.shop/2";
  event.note.container = ContainerId("c1");
  event.note.code = "done";
  event.note.text = "restart of user-service.shop/2 done";
  event.note.actor = "fairlead";
  event.note.cause = "liveness: 5 x timeout in a row";
  event.note.outcome = "succeeded";
  event.note.evidence = "timeout 0.1s ago in 1000.0ms";
  return event;
}

TEST(Payload, SaysWhatHappenedWhereWhyAndByWhom) {
  EXPECT_EQ(PayloadOf(Event(), "host-1"),
            R"({"version":1,"host":"host-1","id":17,"time":"2026-01-31T08:00:00.123Z",)"
            R"("kind":"act-finished","project":"shop","service":"user-service",)"
            R"("replica":"user-service.shop/2","container":"c1","code":"done",)"
            R"("text":"restart of user-service.shop/2 done","actor":"fairlead",)"
            R"("cause":"liveness: 5 x timeout in a row","outcome":"succeeded",)"
            R"("evidence":"timeout 0.1s ago in 1000.0ms"})");
}

TEST(Payload, WhatAContainersAuthorWroteCannotBreakIt) {
  controller::RecordedEvent event = Event();
  event.note.text = "\"}\n\xff\x1b[2J" + std::string(5000, 'x');
  const json payload = json::parse(PayloadOf(event, "h\xc3"), nullptr, false);
  ASSERT_FALSE(payload.is_discarded());
  const std::string text = payload["text"];
  EXPECT_LE(text.size(), 1100U);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Payload, TheSchemaNamesItsFieldsAndEveryKind) {
  const json schema = json::parse(testing::ReadManifest("webhook.schema.json"), nullptr, false);
  ASSERT_FALSE(schema.is_discarded());
  const json payload = json::parse(PayloadOf(Event(), "host-1"), nullptr, false);
  for (const auto& [field, value] : payload.items()) {
    ASSERT_TRUE(schema["properties"].contains(field)) << field;
    const json& rule = schema["properties"][field];
    if (!rule.contains("type")) continue;
    EXPECT_EQ(rule["type"], value.is_string() ? "string" : "integer") << field;
  }
  EXPECT_EQ(schema["required"].size(), payload.size());
  EXPECT_EQ(schema["properties"].size(), payload.size());
  const json& kinds = schema["properties"]["kind"]["enum"];
  ASSERT_EQ(kinds.size(), spec::kEventWords.size());
  const std::string readme = testing::ReadManifest("README.md");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(kinds[i], spec::kEventWords.at(i));
    EXPECT_NE(readme.find("`" + std::string(spec::kEventWords.at(i)) + "`"), std::string::npos);
  }
}

}  // namespace
}  // namespace fairlead::webhook
