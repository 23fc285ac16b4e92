#include "http/target.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::http {
namespace {

TEST(Target, IsPathAndQueryAsSent) {
  const auto target = ParseTarget("/v1/services/user%2Dservice.shop:act?a=%20b&c");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->path, "/v1/services/user%2Dservice.shop:act");
  EXPECT_EQ(target->query, "a=%20b&c");
  EXPECT_EQ(ParseTarget("/")->path, "/");
  EXPECT_EQ(ParseTarget("/v1/")->path, "/v1/");
  EXPECT_EQ(ParseTarget("/gr%C3%BCn")->path, "/gr%C3%BCn");
}

TEST(Target, ThatCanBeReadInTwoWaysIsRefused) {
  for (const std::string text : {"",
                                 "v1",
                                 "*",
                                 "http://localhost/",
                                 "//",
                                 "/a//b",
                                 "/.",
                                 "/..",
                                 "/a/../b",
                                 "/a/./b",
                                 "/%2e",
                                 "/%2E%2e/x",
                                 "/.%2e",
                                 "/a%2Fb",
                                 "/a%2fb",
                                 "/a%5Cb",
                                 "/a\\b",
                                 "/a%00b",
                                 "/a%0Ab",
                                 "/a%7F",
                                 "/%",
                                 "/%4",
                                 "/%zz",
                                 "/%C3",
                                 "/%C0%AE",
                                 "/%ED%A0%80",
                                 "/%F5%80%80%80",
                                 "/a#b",
                                 "/a\tb",
                                 "/\x80",
                                 "/<a>",
                                 "/a\"b"}) {
    const auto target = ParseTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().status, 400U) << text;
  }
}

TEST(Unescape, GivesTextOrNothing) {
  EXPECT_EQ(Unescape("a%20b+c", false), "a b+c");
  EXPECT_EQ(Unescape("a%20b+c", true), "a b c");
  EXPECT_EQ(Unescape("%F0%9F%9A%A2", false), "\xF0\x9F\x9A\xA2");
  EXPECT_EQ(Unescape("%", false), std::nullopt);
  EXPECT_EQ(Unescape("a%2", false), std::nullopt);
  EXPECT_EQ(Unescape("%00", true), std::nullopt);
  EXPECT_EQ(Unescape("%FF", true), std::nullopt);
}

}  // namespace
}  // namespace fairlead::http
