// What is made of a JSON text, and what is only read over.
#include "docker/json_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "docker/limits.h"

namespace fairlead::docker {
namespace {

constexpr Wanted kInner[] = {{"x"}, {"y"}};
constexpr Wanted kEach[] = {{"", kInner}};
constexpr Wanted kOuter[] = {{"a"}, {"b", kInner}, {"c", kEach}};

// The kept part as text, or the name of the error's code.
std::string Kept(std::string_view text, std::span<const Wanted> wanted = kOuter) {
  const auto json = ParseJson(text, "text", wanted);
  return json ? json->dump() : std::string(CodeName(json.error().code));
}

std::string Nested(int levels, std::string_view before = "") {
  const auto count = static_cast<std::size_t>(levels);
  return std::string(before) + std::string(count, '[') + std::string(count, ']');
}

TEST(JsonReader, WithoutAWishEverythingIsKept) {
  for (const char* text : {R"({"a":[1,{"b":null}],"c":{"d":-1.5,"e":"\u00e9"}})", "[]", "{}", "7",
                           R"("x")", "null", "[[],[{}]]"})
    EXPECT_EQ(Kept(text, {}), Json::parse(text).dump()) << text;
}

TEST(JsonReader, OnlyWantedMembersAreKept) {
  EXPECT_EQ(Kept(R"({"z":1,"a":{"all":[1,{"of":"it"}]},"zz":{"a":1,"b":[{}]},"y":[]})"),
            R"({"a":{"all":[1,{"of":"it"}]}})");
  EXPECT_EQ(Kept(R"({"b":{"x":1,"z":{"x":2},"y":[3]}})"), R"({"b":{"x":1,"y":[3]}})");
  EXPECT_EQ(Kept(R"({"c":{"one":{"x":1,"z":2},"two":{"z":3},"":5}})"),
            R"({"c":{"":5,"one":{"x":1},"two":{}}})");
}

TEST(JsonReader, AListIsLikeEachOfItsElements) {
  EXPECT_EQ(Kept(R"([{"a":1,"z":2},7,{"b":[{"x":1,"z":2},"t"]},[{"z":1,"a":2}]])"),
            R"([{"a":1},7,{"b":[{"x":1},"t"]},[{"a":2}]])");
}

TEST(JsonReader, OfRepeatedKeysTheLastWins) {
  EXPECT_EQ(Kept(R"({"a":{"x":1,"y":2},"a":{"y":3}})"), R"({"a":{"y":3}})");
  EXPECT_EQ(Kept(R"({"a":1,"z":2,"a":null})"), R"({"a":null})");
}

TEST(JsonReader, WhatNobodyWantsMustBeJsonAllTheSame) {
  for (const char* text : {R"({"z":tru})", R"({"z":[1,]})", R"({"z":"\x"})", R"({"z":1e999})",
                           R"({"z":{"a":1})", R"({"z":1} x)", "{\"z\":\"\xff\"}", "", R"({"z")"}) {
    EXPECT_EQ(Kept(text), "DATA_LOSS") << text;
    EXPECT_EQ(Kept(text, {}), "DATA_LOSS") << text;
  }
}

TEST(JsonReader, DepthIsLimitedWhereverItIs) {
  EXPECT_NE(Kept(Nested(kJsonDepthMax), {}), "DATA_LOSS");
  EXPECT_EQ(Kept(Nested(kJsonDepthMax + 1), {}), "DATA_LOSS");
  const auto in_member = [](const char* key, int levels) {
    return fmt::format(R"({{"{}":{}}})", key, Nested(levels));
  };
  for (const char* key : {"a", "b", "z"}) {
    EXPECT_NE(Kept(in_member(key, kJsonDepthMax - 1)), "DATA_LOSS") << key;
    EXPECT_EQ(Kept(in_member(key, kJsonDepthMax)), "DATA_LOSS") << key;
    const auto deep = ParseJson(in_member(key, 100'000), "text", kOuter);
    ASSERT_FALSE(deep);
    EXPECT_NE(deep.error().message.find("deeper"), std::string::npos);
  }
}

}  // namespace
}  // namespace fairlead::docker
