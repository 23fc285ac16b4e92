// Messages in JSON as grpc-gateway tells them.
#include "transcode/tell.h"

#include <gtest/gtest.h>

#include <string>

#include "transcode/known_text.h"
#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

// Of t.Ask (described.h), given as protobuf's text.
std::string Told(const std::string& text, const std::string& response_body = "") {
  Described described("get: \"/x\" response_body: \"" + response_body + "\"");
  const Result<Routes> routes = Routes::Of({described.service()}, Manner::kGrpcGateway);
  const auto message = described.Message();
  if (!google::protobuf::TextFormat::ParseFromString(text, message.get())) return "no message";
  return TellAnswer(routes->all().front(), *message);
}

TEST(TellJson, HasEveryFieldAndNullForWhatIsNotThere) {
  EXPECT_EQ(Told(""),
            R"({"name":"","pageSize":0,"big":"0","on":false,"color":"NONE","at":null,"maybe":null,)"
            R"("words":[],"labels":{},"inner":null,"ratio":0,"raw":""})");
}

TEST(TellJson, TellsEachKindAsProto3Does) {
  EXPECT_EQ(
      Told(R"(name: "a\"\n\303\244" page_size: -1 big: 18446744073709551615 on: true color: RED
                    at { seconds: 1 nanos: 500000000 } maybe { value: false } words: "x" words: "y"
                    labels { key: "k" value: "v" } ratio: 0.1 raw: "\001")"),
      "{\"name\":\"a\\\"\\u000a\xC3\xA4\",\"pageSize\":-1,\"big\":\"18446744073709551615\","
      R"("on":true,"color":"RED","at":"1970-01-01T00:00:01.500Z","maybe":false,)"
      R"("words":["x","y"],"labels":{"k":"v"},"inner":null,"ratio":0.1,"raw":"AQ=="})");
  EXPECT_NE(Told("ratio: inf color: 7").find(R"("color":7)"), std::string::npos);
  EXPECT_NE(Told("ratio: inf").find(R"("ratio":"Infinity")"), std::string::npos);
}

TEST(TellAnswer, IsOneFieldWhereTheRuleSaysSo) {
  EXPECT_EQ(Told("", "words"), "[]");
  EXPECT_EQ(Told("big: 9007199254740993", "big"), "9007199254740993");
  EXPECT_EQ(Told("", "at"), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(Told("at { seconds: 999999999999 }", "at"), "null");
  EXPECT_NE(Told("inner { name: \"x\" }", "inner").find("\"name\":\"x\""), std::string::npos);
}

TEST(KnownText, IsReadBackAsItWasTold) {
  for (const std::string text : {"0001-01-01T00:00:00Z", "2024-02-29T23:59:59.999999999Z",
                                 "1969-12-31T23:59:59.500Z", "9999-12-31T23:59:59Z"})
    EXPECT_EQ(TimestampText(ReadTimestamp(text).value()), text);
  for (const std::string text : {"0s", "-0.500s", "1.000000001s", "315576000000s"})
    EXPECT_EQ(DurationText(ReadDuration(text).value()), text);
  for (const std::string text :
       {"", "2023-02-29T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "0001-01-01T00:00:00+01:00"})
    EXPECT_EQ(ReadTimestamp(text), std::nullopt) << text;
  for (const std::string text : {"", "s", "1", "1m", "315576000001s", "--1s", "1.s"})
    EXPECT_EQ(ReadDuration(text), std::nullopt) << text;
  EXPECT_EQ(ReadGoDuration("-1h1.5s"), (KnownTime{.seconds = -3601, .nanos = -500'000'000}));
  EXPECT_EQ(CamelCase("long_name.x_y"), "longName.xY");
  EXPECT_EQ(SnakeCase("longName.xY"), "long_name.x_y");
}

}  // namespace
}  // namespace fairlead::transcode
