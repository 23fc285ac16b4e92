#include "base/http_url.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead {
namespace {

// "scheme userinfo host port target", "-" for nothing.
std::string Parts(std::string_view text) {
  const auto url = ParseHttpUrl(text);
  if (!url) return "none";
  return std::string(url->is_tls ? "https " : "http ") +
         (url->userinfo.empty() ? "-" : url->userinfo) + " " + url->host + " " +
         std::to_string(url->port) + " " + url->target;
}

TEST(HttpUrl, IsTakenApart) {
  EXPECT_EQ(Parts("https://alerts.example"), "https - alerts.example 443 /");
  EXPECT_EQ(Parts("http://h/a/b?c=d#e"), "http - h 80 /a/b?c=d");
  EXPECT_EQ(Parts("http://h?c=d"), "http - h 80 /?c=d");
  EXPECT_EQ(Parts("https://u:p%40ss%3A@h:8443/x"), "https u:p@ss: h 8443 /x");
  EXPECT_EQ(Parts("http://u:a@b@h/x@y"), "http u:a@b h 80 /x@y");
  EXPECT_EQ(Parts("http://127.0.0.1:1/"), "http - 127.0.0.1 1 /");
  EXPECT_EQ(Parts("http://[::1]:65535/"), "http - ::1 65535 /");
  EXPECT_EQ(Parts("http://[fe80::1]"), "http - fe80::1 80 /");
  EXPECT_EQ(Parts("http://compose_name/"), "http - compose_name 80 /");
}

TEST(HttpUrl, WhatIsNoneIsNothing) {
  for (const std::string& text :
       {std::string(), std::string("ftp://h"), std::string("//h"), std::string("https://"),
        std::string("http://:80/"), std::string("http://h:/"), std::string("http://h:0/"),
        std::string("http://h:65536/"), std::string("http://h:8o/"), std::string("http://h h/"),
        std::string("http://h/\r\nX: y"), std::string("http://h/\xc3\xa4"),
        std::string("http://[::1/"), std::string("http://[::1]x/"), std::string("http://::1/"),
        std::string("http://u%4@h/"), std::string("http://u%zz@h/"),
        "http://h/" + std::string(2048, 'a'), "http://" + std::string(254, 'a') + "/"}) {
    EXPECT_EQ(Parts(text), "none") << text.substr(0, 80);
  }
}

TEST(HttpUrl, ShowsNothingThatMayBeSecret) {
  EXPECT_EQ(ParseHttpUrl("https://user:geheim@h:8443/token?key=geheim")->Shown(), "https://h:8443");
  EXPECT_EQ(ParseHttpUrl("https://h:443/x")->Shown(), "https://h");
  EXPECT_EQ(ParseHttpUrl("http://[::1]:81/x")->Authority(), "[::1]:81");
}

}  // namespace
}  // namespace fairlead
