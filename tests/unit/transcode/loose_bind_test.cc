// Requests that are read as grpc-gateway reads them (Manner::kGrpcGateway).
#include <gtest/gtest.h>

#include <string>

#include "transcode/bind.h"
#include "unit/transcode/described.h"

namespace fairlead::transcode {
namespace {

// PATCH with a body that is a field, and a mask.
class MaskedService : public DescribedService {
 public:
  MaskedService()
      : DescribedService(R"(
      name: "m.proto" package: "m" syntax: "proto3" dependency: "google/protobuf/field_mask.proto"
      message_type {
        name: "Thing"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "words" number: 2 type: TYPE_STRING label: LABEL_REPEATED }
        field { name: "inner" number: 3 type: TYPE_MESSAGE type_name: ".m.Thing" label: LABEL_OPTIONAL }
      }
      message_type {
        name: "Ask"
        field { name: "thing" number: 1 type: TYPE_MESSAGE type_name: ".m.Thing" label: LABEL_OPTIONAL }
        field { name: "mask" number: 2 type: TYPE_MESSAGE type_name: ".google.protobuf.FieldMask" label: LABEL_OPTIONAL }
      }
      service { name: "S" method { name: "M" input_type: ".m.Ask" output_type: ".m.Ask"
        options { [google.api.http] { patch: "/x" body: "thing" } } } })") {}
};

// What a request makes of the message, as text; or the code's name.
std::string Loose(const Asked& asked) {
  Described described(asked.rule);
  const Result<Routes> routes = Routes::Of({described.service()}, Manner::kGrpcGateway);
  if (!routes) return routes.error().Text();
  const auto found = routes->Find(asked.verb, asked.path);
  if (!found) return "no route";
  const auto message = described.Message();
  const Result<> bound = Bind(
      *found, {.query = asked.query, .body = asked.body, .manner = Manner::kGrpcGateway}, *message);
  if (!bound) return std::string(CodeName(bound.error().code));
  std::string text;
  return google::protobuf::TextFormat::PrintToString(*message, &text) ? text : "unprintable";
}

TEST(LooseBind, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(Loose({.query = "nothing=1&page_size=2&inner.nothing=1&]=1"}), "page_size: 2\n");
  EXPECT_EQ(Loose({.query = "page_size=2", .body = "{\"name\": \"x\"}"}), "page_size: 2\n");
  const Asked posted{.rule = "post: \"/x\" body: \"*\"",
                     .verb = "POST",
                     .query = "page_size=7",
                     .body = R"({"nothing": {"deep": [1]}, "on": true})"};
  EXPECT_EQ(Loose(posted), "on: true\n");
}

TEST(LooseBind, RefusesWhatIsThereAndWrong) {
  for (const std::string query :
       {"page_size=x", "page_size=1&page_size=2", "on=maybe", "on=", "color=BLUE", "color=7",
        "at=yesterday", "name=%F", "inner=1", "labels=1", "labels.x=1", "name[a]=1"})
    EXPECT_EQ(Loose({.query = query}), "INVALID_ARGUMENT") << query;
  for (const std::string body :
       {"{", "{}x", "[]", R"({"pageSize": "x"})", R"({"on": true, "on": true})", R"({"name": 1})",
        R"({"words": "a"})", R"({"words": [null]})", R"({"labels": {"a": null}})",
        R"({"on": "true"})", R"({"pageSize": 1, "page_size": 1})", R"({"pageSize": 1.5})",
        R"({"big": -1})", R"({"at": 5})", R"({"raw": "*"})", R"({"inner": []})",
        "{\"name\": \"\xFF\"}"})
    EXPECT_EQ(Loose({.rule = "post: \"/x\" body: \"*\"", .verb = "POST", .body = body}),
              "INVALID_ARGUMENT")
        << body;
  EXPECT_EQ(
      Loose(
          {.rule = "post: \"/x\" body: \"*\"", .verb = "POST", .body = std::string(100'000, '[')}),
      "INVALID_ARGUMENT");
}

TEST(LooseBind, TakesTheWordsOfGoForTrueAndFalse) {
  for (const std::string word : {"1", "t", "T", "TRUE", "true", "True"})
    EXPECT_EQ(Loose({.query = "on=" + word}), "on: true\n") << word;
  EXPECT_EQ(Loose({.query = "maybe=F"}), "maybe {\n}\n");
}

TEST(LooseBind, TakesABodyThatIsAFieldBesideTheQuery) {
  const std::string rule = "post: \"/{name}\" body: \"inner\"";
  EXPECT_EQ(Loose({.rule = rule,
                   .verb = "POST",
                   .path = "/a",
                   .query = "page_size=2&inner.page_size=3&name=b",
                   .body = R"({"on": true})"}),
            "name: \"a\"\npage_size: 2\ninner {\n  on: true\n}\n");
  EXPECT_EQ(
      Loose({.rule = "post: \"/x\" body: \"words\"", .verb = "POST", .body = R"(["a", "b"])"}),
      "words: \"a\"\nwords: \"b\"\n");
  EXPECT_EQ(Loose({.rule = rule, .verb = "POST", .path = "/a"}), "name: \"a\"\ninner {\n}\n");
  for (const std::string body : {R"({}, "on": true)", R"(1)", R"("x"})"})
    EXPECT_EQ(Loose({.rule = rule, .verb = "POST", .path = "/a", .body = body}), "INVALID_ARGUMENT")
        << body;
}

TEST(LooseBind, LetsThePathWinAlsoWithADefault) {
  EXPECT_EQ(Loose({.rule = "post: \"/{page_size}\" body: \"*\"",
                   .verb = "POST",
                   .path = "/0",
                   .body = R"({"pageSize": 5, "on": true})"}),
            "on: true\n");
}

TEST(LooseBind, ReadsNumbersAndKnownTypesAsGoDoes) {
  const Asked posted{.rule = "post: \"/x\" body: \"*\"", .verb = "POST"};
  const auto body = [posted](const std::string& text) {
    Asked asked = posted;
    asked.body = text;
    return Loose(asked);
  };
  EXPECT_EQ(body(R"({"pageSize": 1e1, "big": "18446744073709551615"})"),
            "page_size: 10\nbig: 18446744073709551615\n");
  EXPECT_EQ(body(R"({"color": 7, "ratio": "NaN"})"), "color: 7\nratio: nan\n");
  EXPECT_EQ(body(R"({"color": "BLUE", "inner": null, "at": "1970-01-01T01:00:00.5+01:00"})"),
            "at {\n  nanos: 500000000\n}\n");
  EXPECT_EQ(Loose({.query = "page_size=%2B5&color=1&ratio=.5"}),
            "page_size: 5\ncolor: RED\nratio: 0.5\n");
  EXPECT_EQ(Loose({.query = "name=a%0Ab"}), "name: \"a\\nb\"\n");
}

TEST(LooseBind, TakesAListFromAPath) {
  EXPECT_EQ(Loose({.rule = "get: \"/{words}\"", .path = "/a,b"}), "words: \"a\"\nwords: \"b\"\n");
}

TEST(LooseBind, FillsTheMaskOfAPatchWithWhatTheBodyHas) {
  const auto patched = [](const std::string& body, const std::string& query = "") {
    MaskedService service;
    const Result<Routes> routes = Routes::Of({service.service()}, Manner::kGrpcGateway);
    const auto found = routes->Find("PATCH", "/x");
    const auto message = service.Message();
    const Result<> bound =
        Bind(*found, {.query = query, .body = body, .manner = Manner::kGrpcGateway}, *message);
    if (!bound) return std::string(CodeName(bound.error().code));
    const auto* mask = message->GetDescriptor()->FindFieldByName("mask");
    return message->GetReflection()->GetMessage(*message, mask).ShortDebugString();
  };
  EXPECT_EQ(patched(R"({"name": "x", "inner": {"name": "y", "words": ["z"]}, "nothing": 1})"),
            R"(paths: "inner.name" paths: "inner.words" paths: "name")");
  EXPECT_EQ(patched(R"({"name": "x"})", "mask=inner"), R"(paths: "inner")");
  EXPECT_EQ(patched(""), "");
}

}  // namespace
}  // namespace fairlead::transcode
