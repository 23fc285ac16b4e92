#include "probe/go_flags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::probe {
namespace {

// What a command line sets: "text=VALUE", "on=true"; or its error.
std::string Parsed(const std::vector<std::string>& arguments) {
  std::string set;
  const auto note = [&set](std::string name) {
    return [&set, name](std::string_view value) -> Result<> {
      if (value == "bad") return Fail(Code::kInvalidArgument, "parse error");
      set += (set.empty() ? "" : " ") + name + "=" + std::string(value);
      return {};
    };
  };
  const std::vector<GoFlag> table = {{"text", "string", "", note("text")},
                                     {"on", "", "", note("on")}};
  const Result<> parsed = ParseGoFlags(table, arguments);
  return parsed ? set : parsed.error().message;
}

TEST(GoFlags, OneDashOrTwoAndAValueBehindOrBeside) {
  EXPECT_EQ(Parsed({"-text=a", "--text=b", "-text", "c", "--text", "d=e"}),
            "text=a text=b text=c text=d=e");
  EXPECT_EQ(Parsed({"-text="}), "text=");
  EXPECT_EQ(Parsed({"-text", "-on"}), "text=-on");
}

TEST(GoFlags, ABooleanTakesItsValueBesideAlone) {
  EXPECT_EQ(Parsed({"-on"}), "on=true");
  EXPECT_EQ(Parsed({"-on=false", "-on=T", "--on=0"}), "on=false on=true on=false");
  EXPECT_EQ(Parsed({"-on", "false", "-text=never"}), "on=true");
}

TEST(GoFlags, TheFirstWordWithoutADashEndsThem) {
  for (const char* end : {"--", "word", "-", ""})
    EXPECT_EQ(Parsed({"-on", end, "-text=x"}), "on=true");
}

TEST(GoFlags, MistakesAreToldInGosWords) {
  EXPECT_EQ(Parsed({"-nope"}), "flag provided but not defined: -nope");
  EXPECT_EQ(Parsed({"--nope=1"}), "flag provided but not defined: -nope");
  EXPECT_EQ(Parsed({"-text"}), "flag needs an argument: -text");
  EXPECT_EQ(Parsed({"---on"}), "bad flag syntax: ---on");
  EXPECT_EQ(Parsed({"-=x"}), "bad flag syntax: -=x");
  EXPECT_EQ(Parsed({"-on=yes"}), "invalid boolean value \"yes\" for -on: parse error");
  EXPECT_EQ(Parsed({"-on="}), "invalid boolean value \"\" for -on: parse error");
  EXPECT_EQ(Parsed({"-text", "bad"}), "invalid value \"bad\" for flag -text: parse error");
}

TEST(GoFlags, HelpIsNoMistake) {
  for (const char* help : {"-h", "--help", "-help=x"})
    EXPECT_EQ(ParseGoFlags({}, std::vector<std::string>{help}).error().code, Code::kCancelled);
}

TEST(GoFlags, WhatIsQuotedCannotMoveTheCursor) {
  EXPECT_EQ(Quoted("a\"b\\c\n\x1b"), R"("a\"b\\c\x0a\x1b")");
}

}  // namespace
}  // namespace fairlead::probe
