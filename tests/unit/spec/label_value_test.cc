#include "spec/label_value.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spec/diagnostic_codes.h"

namespace fairlead::spec {
namespace {

using namespace std::chrono_literals;

// The code of the problem, or "" if the value is good.
std::string_view CodeOf(std::string_view key, std::string_view text) {
  const auto value = ParseLabelValue(*FindLabel(key), text);
  return value ? "" : value.error().code;
}

LabelValue ValueOf(std::string_view key, std::string_view text) {
  auto value = ParseLabelValue(*FindLabel(key), text);
  EXPECT_TRUE(value.has_value()) << key << "=" << text;
  return value ? *std::move(value) : LabelValue(false);
}

struct Case {
  std::string_view key;
  std::string text;
  std::string_view code;
};

TEST(ParseLabelValue, ReadsWhatTheReferencePromises) {
  EXPECT_EQ(ValueOf("enable", "Yes"), LabelValue(true));
  EXPECT_EQ(ValueOf("port", "65535"), LabelValue(65535));
  EXPECT_EQ(ValueOf("weight", "0"), LabelValue(0));
  EXPECT_EQ(ValueOf("health.interval", "1m30s"), LabelValue(Duration(90s)));
  EXPECT_EQ(ValueOf("health.ping", "0"), LabelValue(Duration(0s)));
  EXPECT_EQ(ValueOf("health.protocol", "docker"), LabelValue(3));
  EXPECT_EQ(ValueOf("health.service", ""), LabelValue(std::string()));
  EXPECT_EQ(ValueOf("health.path", "/ready?full=1"), LabelValue(std::string("/ready?full=1")));
  EXPECT_EQ(ValueOf("lb.hash-header", "X-User-ID"), LabelValue(std::string("x-user-id")));
  EXPECT_EQ(ValueOf("repair.min-available", "2"), LabelValue(CountOrPercent{false, 2}));
  EXPECT_EQ(ValueOf("repair.min-available", "100%"), LabelValue(CountOrPercent{true, 100}));
  EXPECT_EQ(ValueOf("retry.on", "UNAVAILABLE, deadline_exceeded,unavailable"),
            LabelValue(std::vector<std::string>{"unavailable", "deadline-exceeded"}));
  EXPECT_EQ(ValueOf("retry.backoff", "20ms..2s"), LabelValue(DurationRange{20ms, 2s}));
  EXPECT_EQ(ValueOf("gateway.prefix", "/shop/v1.2"), LabelValue(std::string("/shop/v1.2")));
  EXPECT_EQ(ValueOf("gateway.hosts", "API.example, b-1.example,api.example"),
            LabelValue(std::vector<std::string>{"api.example", "b-1.example"}));
  EXPECT_EQ(
      ValueOf("gateway.cors", "HTTPS://a.example, http://127.0.0.1:3000,*"),
      LabelValue(std::vector<std::string>{"https://a.example", "http://127.0.0.1:3000", "*"}));
  EXPECT_EQ(ValueOf("cut", "auto"), LabelValue(0));
  EXPECT_EQ(ValueOf("cut", "off"), LabelValue(2));
  EXPECT_EQ(ValueOf("network", "Shop_back.end-1"), LabelValue(std::string("Shop_back.end-1")));
}

TEST(ParseLabelValue, RefusesPortsThatAreNone) {
  for (const std::string text : {"0", "-1", "+1", "65536", "1e9", "1000000000", "80 80", "080",
                                 "0x50", "http", " 80", "80/tcp", "99999999999999999999", "８０"}) {
    EXPECT_EQ(CodeOf("port", text), codes::kLabelBadPort) << text;
  }
  EXPECT_EQ(CodeOf("port", ""), codes::kLabelEmpty);
}

TEST(ParseLabelValue, RefusesDurationsThatAreNone) {
  for (const std::string text :
       {"NaN", "-1s", "1e308s", "1e308", "5", "5 s", "1s1s", "soon", "inf", "1y"}) {
    EXPECT_EQ(CodeOf("health.interval", text), codes::kLabelBadDuration) << text;
  }
  for (const std::string text : {"0", "0s", "1ns", "99ms", "1h1ns", "1000h"}) {
    EXPECT_EQ(CodeOf("health.interval", text), codes::kLabelOutOfRange) << text;
  }
  EXPECT_EQ(CodeOf("health.ping", "1ns"), codes::kLabelOutOfRange);
}

TEST(ParseLabelValue, SuggestsUnitsForABareNumber) {
  const auto value = ParseLabelValue(*FindLabel("health.interval"), "5");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().hint, "add a unit: 5s for seconds, 5ms for milliseconds");
}

TEST(ParseLabelValue, RefusesTheRestWithACodeOfItsOwn) {
  const std::vector<Case> cases = {
      {"enable", "ture", codes::kLabelBadBoolean},
      {"enable", "2", codes::kLabelBadBoolean},
      {"cut", "maybe", codes::kLabelBadBoolean},
      {"weight", "-1", codes::kLabelBadInteger},
      {"weight", "1.5", codes::kLabelBadInteger},
      {"weight", "010", codes::kLabelBadInteger},
      {"weight", "1001", codes::kLabelOutOfRange},
      {"health.rise", "0", codes::kLabelOutOfRange},
      {"retry.attempts", "6", codes::kLabelOutOfRange},
      {"retry.attempts", "0", codes::kLabelOutOfRange},
      {"health.protocol", "GRPC", codes::kLabelBadChoice},
      {"service", "user.service", codes::kLabelBadName},
      {"service", "User", codes::kLabelBadName},
      {"service", std::string(64, 'a'), codes::kLabelBadName},
      {"service", "us\xD0\xB5r", codes::kLabelBadName},  // Cyrillic e
      {"service", "../etc", codes::kLabelBadName},
      {"network", "a b", codes::kLabelBadName},
      {"health.service", "a b", codes::kLabelBadText},
      {"health.service", "\xff", codes::kLabelBadText},
      {"health.path", "healthz", codes::kLabelBadText},
      {"health.path", "/a\r\nHost: evil", codes::kLabelBadText},
      {"lb.hash-header", ":path", codes::kLabelBadName},
      {"lb.hash-header", "trace-bin", codes::kLabelBadName},
      {"repair.min-available", "101%", codes::kLabelBadCount},
      {"repair.min-available", "-1", codes::kLabelBadCount},
      {"repair.min-available", "half", codes::kLabelBadCount},
      {"repair.min-available", "10001", codes::kLabelBadCount},
      {"retry.on", "unavailable,not-found", codes::kLabelBadStatus},
      {"retry.on", "unavailable,", codes::kLabelBadStatus},
      {"retry.backoff", "1s", codes::kLabelBadRange},
      {"retry.backoff", "1s..50ms", codes::kLabelBadRange},
      {"retry.backoff", "..", codes::kLabelBadRange},
      {"retry.backoff", "0..1s", codes::kLabelOutOfRange},
      {"liveness.service", "", codes::kLabelEmpty},
      {"gateway", "maybe", codes::kLabelBadBoolean},
      {"gateway.prefix", "shop", codes::kLabelBadText},
      {"gateway.prefix", "/", codes::kLabelBadText},
      {"gateway.prefix", "/shop/", codes::kLabelBadText},
      {"gateway.prefix", "//shop", codes::kLabelBadText},
      {"gateway.prefix", "/../shop", codes::kLabelBadText},
      {"gateway.prefix", "/./shop", codes::kLabelBadText},
      {"gateway.prefix", "/sh%6Fp", codes::kLabelBadText},
      {"gateway.prefix", "/{shop}", codes::kLabelBadText},
      {"gateway.hosts", "*.example", codes::kLabelBadName},
      {"gateway.hosts", "api.example:80", codes::kLabelBadName},
      {"gateway.hosts", "a,,b", codes::kLabelBadName},
      {"gateway.hosts", "-a", codes::kLabelBadName},
      {"gateway.hosts", "a..b", codes::kLabelBadName},
      {"gateway.hosts", "a.", codes::kLabelBadName},
      {"gateway.cors", "a.example", codes::kLabelBadName},
      {"gateway.cors", "null", codes::kLabelBadName},
      {"gateway.cors", "https://a.example/", codes::kLabelBadName},
      {"gateway.cors", "https://*.example", codes::kLabelBadName},
      {"gateway.cors", "https://a.example:443", codes::kLabelBadName},
      {"gateway.cors", "https://a.example:0", codes::kLabelBadName},
      {"gateway.cors", "ftp://a.example", codes::kLabelBadName},
      {"gateway.hosts", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", codes::kLabelBadName},
  };
  for (const Case& c : cases) EXPECT_EQ(CodeOf(c.key, c.text), c.code) << c.key << "=" << c.text;
}

TEST(ParseLabelValue, RefusesHugeValuesOfEachKindUnread) {
  const std::string huge(1'048'576, '1');
  for (const LabelRule& rule : LabelTable()) {
    EXPECT_EQ(CodeOf(rule.key, huge), codes::kLabelTooLong) << rule.key;
  }
}

TEST(ParseLabelValue, ShowsOnlyPrintableTextInItsMessages) {
  const std::vector<std::string> hostile = {std::string("a\0b", 3), "a\nb", "\x1b[31mred",
                                            "\xff\xfe",
                                            "\xE2\x80\xAE"
                                            "evil"};
  for (const LabelRule& rule : LabelTable()) {
    for (const std::string& text : hostile) {
      const auto value = ParseLabelValue(rule, text);
      ASSERT_FALSE(value.has_value()) << rule.key;
      for (const char c : value.error().message + value.error().hint) {
        EXPECT_TRUE(c >= ' ' && c <= '~') << rule.key;
      }
    }
  }
}

}  // namespace
}  // namespace fairlead::spec
