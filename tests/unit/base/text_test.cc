#include "base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  const std::vector<std::pair<std::string, Duration>> cases = {
      {"0", 0s},      {"0s", 0s},        {"500ms", 500ms}, {"2s", 2s},
      {"1m30s", 90s}, {"1.5s", 1500ms},  {"1h", 3600s},    {"250us", 250us},
      {"10ns", 10ns}, {"1h0m1s", 3601s}, {"0.25s", 250ms}, {"1000h", 1000h},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(ParseDuration(text), expected) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string text : {"",      "5",       "-1s",   "+1s",    "1 s",
                                 "1s ",   "s",       "1.s",   ".5s",    "1x",
                                 "1s1s",  "1s1m",    "NaN",   "1e3s",   "999999999999999999h",
                                 "1001h", "1000h1s", "0x10s", "1.5.5s", "1.0000000001s",
                                 "١s"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(FormatDuration, IsReadBackAsTheSameDuration) {
  for (const Duration duration : {Duration(0s), Duration(1ms), Duration(90s), Duration(3601s),
                                  Duration(1500ms), Duration(123456789ns)}) {
    EXPECT_EQ(ParseDuration(FormatDuration(duration)), duration);
  }
  EXPECT_EQ(FormatDuration(90s), "1m30s");
  EXPECT_EQ(FormatDuration(-250ms), "-250ms");
}

TEST(ParsePercent, TakesWholePercentsFromZeroToHundred) {
  EXPECT_EQ(ParsePercent("50%"), 50);
  EXPECT_EQ(ParsePercent("0%"), 0);
  EXPECT_EQ(ParsePercent("100%"), 100);
  for (const std::string text : {"", "%", "50", "101%", "-1%", "5.5%", "1000%", " 5%"}) {
    EXPECT_EQ(ParsePercent(text), std::nullopt) << text;
  }
}

TEST(Printable, KeepsWordsAndShowsWhatCouldDeceive) {
  EXPECT_EQ(Printable("plain text, größe, 服务"), "plain text, größe, 服务");
  EXPECT_EQ(Printable("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
  EXPECT_EQ(Printable("bad \xff utf"), "bad \\xff utf");
  EXPECT_EQ(Printable("\xE2\x80\xAE"
                      "evil"),
            "\\xe2\\x80\\xaeevil");
  EXPECT_EQ(Printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(Printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(Printable(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(Printable(std::string(300, 'x')), std::string(256, 'x') + "...");
  EXPECT_EQ(Printable("größe", 4), "gr\xC3\xB6...");
}

}  // namespace
}  // namespace fairlead
