#include "transcode/bind.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

// What a request makes of the message, as JSON without defaults; or the code's name.
std::string Bound(const Asked& asked) {
  Described described(asked.rule);
  const Result<Routes> routes = Routes::Of({described.service()});
  if (!routes) return routes.error().Text();
  const auto found = routes->Find(asked.verb, asked.path);
  if (!found) return "no route";
  const auto message = described.Message();
  const Result<> bound = Bind(*found, {.query = asked.query, .body = asked.body}, *message);
  if (!bound) return std::string(CodeName(bound.error().code));
  std::string text;
  return google::protobuf::TextFormat::PrintToString(*message, &text) ? text : "unprintable";
}

std::string Query(const std::string& query) {
  return Bound({.query = query});
}

std::string Body(const std::string& body) {
  return Bound(
      {.rule = "post: \"/{name=a/*}\" body: \"*\"", .verb = "POST", .path = "/a/b", .body = body});
}

TEST(Bind, TakesLeavesOutOfTheQuery) {
  EXPECT_EQ(Query("page_size=3&on=true&name=a+b%26"), "name: \"a b&\"\npage_size: 3\non: true\n");
  EXPECT_EQ(Query("pageSize=3"), "page_size: 3\n");
  EXPECT_EQ(Query("big=18446744073709551615"), "big: 18446744073709551615\n");
  EXPECT_EQ(Query("color=RED"), "color: RED\n");
  EXPECT_EQ(Query("color=1"), "color: RED\n");
  EXPECT_EQ(Query("at=1970-01-01T00:00:07Z"), "at {\n  seconds: 7\n}\n");
  EXPECT_EQ(Query("maybe=true"), "maybe {\n  value: true\n}\n");
  EXPECT_EQ(Query("words=a&words=b"), "words: \"a\"\nwords: \"b\"\n");
  EXPECT_EQ(Query("labels[k]=v"), "labels {\n  key: \"k\"\n  value: \"v\"\n}\n");
  EXPECT_EQ(Query("inner.page_size=2&inner.on"), "inner {\n  page_size: 2\n  on: true\n}\n");
  EXPECT_EQ(Query("ratio=0.5&raw=aGk="), "ratio: 0.5\nraw: \"hi\"\n");
  EXPECT_EQ(Query("&&"), "");
}

TEST(Bind, RefusesAQueryThatItCannotUse) {
  for (const std::string query :
       {"nothing=1", "inner=1", "page_size=x", "page_size=99999999999", "page_size=1&page_size=2",
        "on=maybe", "color=BLUE", "at=yesterday", "labels=1", "labels[k]=1&labels[k]=2",
        "name[k]=v", "]=1", "big=-1", "big=18446744073709551616", "name=%00", "name=%F",
        "inner.nothing=1", "words.x=1", "=1"})
    EXPECT_EQ(Query(query), "INVALID_ARGUMENT") << query;
}

TEST(Bind, TakesTheBodyAndThePathOverIt) {
  EXPECT_EQ(Body(R"({"pageSize": 2, "name": "other"})"), "name: \"a/b\"\npage_size: 2\n");
  EXPECT_EQ(Body(R"({"page_size": "2"})"), "name: \"a/b\"\npage_size: 2\n");
  EXPECT_EQ(Body(""), "name: \"a/b\"\n");
  EXPECT_EQ(Body("{}"), "name: \"a/b\"\n");
}

TEST(Bind, RefusesABodyThatItCannotUse) {
  for (const std::string body :
       {"[]", "1", "\"x\"", "null", "{", "{}x", "NaN", R"({"name": NaN})", R"({"nothing": 1})",
        R"({"pageSize": 1, "pageSize": 2})", R"({"inner": {"on": true, "on": true}})",
        R"({"pageSize": 2147483648})", R"({"pageSize": 1.5})", R"({"pageSize": true})",
        R"({"big": -1})", R"({"name": 1})", "{\"name\": \"\xFF\"}"})
    EXPECT_EQ(Body(body), "INVALID_ARGUMENT") << body;
  std::string deep;
  for (int i = 0; i < kJsonDepthMax + 1; ++i) deep += R"({"inner":)";
  deep += "{}" + std::string(kJsonDepthMax + 1, '}');
  EXPECT_EQ(Body(deep), "INVALID_ARGUMENT");
  EXPECT_EQ(Body(std::string(100'000, '[')), "INVALID_ARGUMENT");
}

TEST(Bind, TakesEitherQueryOrBody) {
  EXPECT_EQ(Bound({.body = "{}"}), "INVALID_ARGUMENT");
  EXPECT_EQ(Bound({.rule = "post: \"/x\" body: \"*\"", .verb = "POST", .query = "on=true"}),
            "INVALID_ARGUMENT");
}

TEST(Bind, APathFieldIsNotGivenAgainInTheQuery) {
  EXPECT_EQ(Bound({.rule = "get: \"/{name}\"", .path = "/a", .query = "on=1"}),
            "name: \"a\"\non: true\n");
  EXPECT_EQ(Bound({.rule = "get: \"/{name}\"", .path = "/a", .query = "name=b"}),
            "INVALID_ARGUMENT");
  EXPECT_EQ(Bound({.rule = "get: \"/{page_size}\"", .path = "/a"}), "INVALID_ARGUMENT");
}

TEST(JsonOf, ShowsEveryField) {
  Described described("get: \"/x\"");
  const auto json = nlohmann::json::parse(JsonOf(*described.Message()));
  EXPECT_EQ(json.at("pageSize"), 0);
  EXPECT_EQ(json.at("big"), "0");
  EXPECT_EQ(json.at("color"), "NONE");
  EXPECT_TRUE(json.at("words").empty());
}

}  // namespace
}  // namespace fairlead::transcode
