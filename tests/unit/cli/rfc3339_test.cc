#include "cli/rfc3339.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::cli {
namespace {

TEST(Rfc3339, ReadsTimesWithTheirZone) {
  struct Case {
    std::string text;
    UnixTime time;
  };
  for (const Case& one :
       {Case{"1970-01-01T00:00:00Z", {0, 0}}, Case{"2026-01-31T08:00:00Z", {1'769'846'400, 0}},
        Case{"2026-01-31T10:00:00+02:00", {1'769'846'400, 0}},
        Case{"2026-01-31T04:30:00-03:30", {1'769'846'400, 0}},
        Case{"2026-01-31 08:00:00.25z", {1'769'846'400, 250'000'000}},
        Case{"2026-01-31t08:00:00.123456789Z", {1'769'846'400, 123'456'789}},
        Case{"2024-02-29T00:00:00Z", {1'709'164'800, 0}}, Case{"1969-12-31T23:59:59Z", {-1, 0}}}) {
    const auto time = ParseRfc3339(one.text);
    ASSERT_TRUE(time) << one.text;
    EXPECT_EQ(*time, one.time) << one.text << " gave " << time->seconds;
  }
}

TEST(Rfc3339, WhatIsNoWholeTimeIsNothing) {
  for (const char* text :
       {"", "1h", "2026-01-31", "2026-01-31T08:00:00", "2026-01-31T08:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
        "2026-01-31T08:00:61Z", "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00.1234567890Z",
        "2026-01-31T08:00:00+2:00", "2026-01-31T08:00:00+02:00x", "2026-01-31T08:00:00+24:00",
        "26-01-31T08:00:00Z", "2026-1-31T08:00:00Z", "-026-01-31T08:00:00Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fairlead::cli
