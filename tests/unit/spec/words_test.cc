#include "spec/words.h"

#include <gtest/gtest.h>

namespace fairlead::spec {
namespace {

TEST(ParseWholeNumber, TakesPlainDigitsOnly) {
  EXPECT_EQ(ParseWholeNumber("0"), 0);
  EXPECT_EQ(ParseWholeNumber("999999999999999999"), 999'999'999'999'999'999);
  for (const std::string_view text :
       {"", "-1", "+1", "01", "0x1", "1 ", "1e3", "1000000000000000000"}) {
    EXPECT_EQ(ParseWholeNumber(text), std::nullopt) << text;
  }
}

TEST(ParseBoolean, TakesTheEightSpellingsInAnyCase) {
  for (const std::string_view text : {"true", "YES", "On", "1"})
    EXPECT_EQ(ParseBoolean(text), true);
  for (const std::string_view text : {"false", "No", "OFF", "0"})
    EXPECT_EQ(ParseBoolean(text), false);
  for (const std::string_view text : {"", "t", "enabled", "01", "true "}) {
    EXPECT_EQ(ParseBoolean(text), std::nullopt) << text;
  }
}

TEST(SuggestName, MakesTheNearestValidName) {
  EXPECT_EQ(SuggestName("User.Service"), "user-service");
  EXPECT_EQ(SuggestName("  a  b  "), "a-b");
  EXPECT_EQ(SuggestName("..."), "");
  EXPECT_EQ(SuggestName(std::string(100, 'a')), std::string(63, 'a'));
}

TEST(SplitList, TrimsBlanksAndKeepsEmptyWords) {
  EXPECT_EQ(SplitList("a, b ,c"), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_EQ(SplitList("a,,"), (std::vector<std::string_view>{"a", "", ""}));
  EXPECT_EQ(SplitList(""), (std::vector<std::string_view>{""}));
}

TEST(OneOf, ReadsAsASentenceDoes) {
  EXPECT_EQ(OneOf("a"), "a");
  EXPECT_EQ(OneOf("a,b"), "a or b");
  EXPECT_EQ(OneOf("a,b,c"), "a, b or c");
}

TEST(Quoted, IsPrintableAndShort) {
  EXPECT_EQ(Quoted("a\nb"), "\"a\\x0ab\"");
  EXPECT_EQ(Quoted(std::string(1000, 'x')), '"' + std::string(64, 'x') + "...\"");
}

}  // namespace
}  // namespace fairlead::spec
