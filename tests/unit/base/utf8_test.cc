#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead {
namespace {

TEST(Utf8, TakesEveryLengthUpToTheLastCodePoint) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("user.shop"));
  EXPECT_TRUE(IsUtf8(std::string("a\0b", 3)));
  EXPECT_TRUE(IsUtf8("\xC2\x80 \xE0\xA0\x80 \xED\x9F\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesWhatProtobufRefuses) {
  for (const char* text :
       {"\xFF", "\x80", "a\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xE2\x82", "\xC3(", "\xF5\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_FALSE(IsUtf8("before " + std::string(text) + " after")) << text;
  }
}

}  // namespace
}  // namespace fairlead
