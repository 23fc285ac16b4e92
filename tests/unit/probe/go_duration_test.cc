#include "probe/go_duration.h"

#include <gtest/gtest.h>

#include <chrono>

namespace fairlead::probe {
namespace {

using namespace std::chrono_literals;

TEST(GoDuration, WhatGoReadsIsReadAsGoDoes) {
  const std::pair<std::string_view, Duration> kRead[] = {
      {"0", 0s},
      {"1s", 1s},
      {"+5s", 5s},
      {"-5s", -5s},
      {"1.5s", 1500ms},
      {".5s", 500ms},
      {"5.s", 5s},
      {"1h30m", 90min},
      {"1m1m", 2min},
      {"3s1h", 3603s},
      {"100ns", 100ns},
      {"1us", 1us},
      {"1\u00b5s", 1us},
      {"1\u03bcs", 1us},
      {"1.234567ms", 1234567ns},
      {"0.1s", 100ms},
      {"0s", 0s},
      {"0.3333333333333333333h", 20min},
      {"9223372036854775807ns", Duration::max()}};
  for (const auto& [text, duration] : kRead) EXPECT_EQ(ParseGoDuration(text), duration) << text;
}

TEST(GoDuration, WhatGoRefusesIsRefused) {
  for (const std::string_view text :
       {"", "1", "s", ".", ".s", "-", "1.5", "5x", "1 s", " 1s", "1s ", "1e3s", "--1s", "1S",
        "9223372036854775808ns", "2562048h", "9223372036.9s", "2562047h1h",
        "99999999999999999999s"}) {
    EXPECT_EQ(ParseGoDuration(text), std::nullopt) << text;
  }
}

TEST(GoDuration, IsWrittenAsGoDoes) {
  const std::pair<Duration, std::string_view> kWritten[] = {
      {0s, "0s"},
      {1ns, "1ns"},
      {1100ns, "1.1\u00b5s"},
      {250ms, "250ms"},
      {1234567ns, "1.234567ms"},
      {1s, "1s"},
      {1500ms, "1.5s"},
      {90s, "1m30s"},
      {1h, "1h0m0s"},
      {-1s, "-1s"},
      {3661001ms, "1h1m1.001s"},
      {Duration::min(), "-2562047h47m16.854775808s"}};
  for (const auto& [duration, text] : kWritten) EXPECT_EQ(FormatGoDuration(duration), text);
}

}  // namespace
}  // namespace fairlead::probe
