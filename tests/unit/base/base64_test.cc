#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead {
namespace {

TEST(Base64, IsReadInBothAlphabetsWithOrWithoutPadding) {
  for (const std::string& text :
       std::vector<std::string>{"", "a", "ab", "abc", "abcd", std::string("\0\xFF", 2)})
    EXPECT_EQ(FromBase64(ToBase64(text)), text);
  EXPECT_EQ(FromBase64("YQ"), "a");
  EXPECT_EQ(FromBase64("-_-_"), FromBase64("+/+/"));
  for (const std::string text : {"a", "a===", "a b", "YQ=a"})
    EXPECT_EQ(FromBase64(text), std::nullopt);
}

}  // namespace
}  // namespace fairlead
